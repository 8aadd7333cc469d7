"""Selection, configuration, discovery, suppression, fixing: runs the rules over files."""
