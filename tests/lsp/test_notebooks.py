"""A notebook is one program in the order of its cells."""

from __future__ import annotations

import pytest
from lsprotocol import types as t
from tests.lsp.editor import Editor, only_vscode

pytestmark = [pytest.mark.asyncio(loop_scope="session"), only_vscode]

_CELLS = [
    "%matplotlib inline\nimport torch\nfrom torch import nn",
    "# Notes",
    "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
    "        self.conv = nn.Conv2d(3, 16, 3)\n        self.bn = nn.BatchNorm2d(8)\n\n"
    "    def forward(self, x):\n        return self.bn(self.conv(x))\n",
    "files = !ls\nmodel = Net()\nmodel.eval",
    "%%bash\nmodel.eval\n",
]


class _Notebook:
    def __init__(self, editor: Editor) -> None:
        self.editor = editor
        self.uri = editor.uri("n.ipynb")
        self.version = 1
        self.cells = [f"vscode-notebook-cell:{editor.folder}/n.ipynb#{i}" for i in range(len(_CELLS))]
        kinds = [t.NotebookCellKind.Markup if text.startswith("# ") else t.NotebookCellKind.Code for text in _CELLS]
        cells = [t.NotebookCell(kind=kind, document=cell) for kind, cell in zip(kinds, self.cells, strict=True)]
        notebook = t.NotebookDocument(uri=self.uri, notebook_type="jupyter-notebook", version=1, cells=cells)
        texts = [
            t.TextDocumentItem(cell, "markdown" if text.startswith("# ") else "python", 1, text)
            for cell, text in zip(self.cells, _CELLS, strict=True)
        ]
        for cell, text in zip(self.cells, _CELLS, strict=True):
            editor.texts[cell] = (1, text)
        editor.client.notebook_document_did_open(t.DidOpenNotebookDocumentParams(notebook, texts))

    def change(self, cells: t.NotebookDocumentCellChanges) -> None:
        self.version += 1
        self.editor.client.notebook_document_did_change(
            t.DidChangeNotebookDocumentParams(
                t.VersionedNotebookDocumentIdentifier(self.version, self.uri),
                t.NotebookDocumentChangeEvent(cells=cells),
            )
        )

    async def codes(self) -> list[list[str]]:
        return [[str(d.code) for d in await self.editor.diagnostics(cell)] for cell in self.cells]

    def close(self) -> None:
        cells = [t.TextDocumentIdentifier(cell) for cell in self.cells]
        self.editor.client.notebook_document_did_close(
            t.DidCloseNotebookDocumentParams(t.NotebookDocumentIdentifier(self.uri), cells)
        )
        for cell in self.cells:
            self.editor.texts.pop(cell, None)


async def test_one_program_over_all_cells(editor: Editor) -> None:
    notebook = _Notebook(editor)
    assert await notebook.codes() == [[], [], ["BN101"], ["BN202"], []]
    found = (await editor.diagnostics(notebook.cells[2]))[0]
    assert found.range == t.Range(t.Position(4, 33), t.Position(4, 34))
    found = (await editor.diagnostics(notebook.cells[3]))[0]
    assert found.range == t.Range(t.Position(2, 0), t.Position(2, 10))
    notebook.close()


async def test_quick_fix_in_a_cell_and_fix_all_of_the_notebook(editor: Editor) -> None:
    notebook = _Notebook(editor)
    cell = notebook.cells[3]
    (found,) = await editor.diagnostics(cell)
    actions = await editor.actions(cell, found.range, [found], [t.CodeActionKind.QuickFix])
    assert actions[0].edit is not None
    assert editor.after(cell, actions[0].edit).endswith("model.eval()")
    # A single cell must not be mended by source.fixAll: all cells are asked at the same time.
    assert await editor.actions(cell, found.range, [], ["source.fixAll"]) == []
    (action,) = await editor.actions(cell, found.range, [], ["notebook.source.fixAll"])
    action = await editor.resolved(action)
    assert action.edit is not None
    assert editor.after(cell, action.edit).endswith("model.eval()")
    assert "BatchNorm2d(16)" in editor.after(notebook.cells[2], action.edit)
    notebook.close()


async def test_edits_and_reordering(editor: Editor) -> None:
    notebook = _Notebook(editor)
    await notebook.codes()
    cell = notebook.cells[2]
    place = t.Range(t.Position(4, 33), t.Position(4, 34))
    edit = t.TextDocumentContentChangePartial(range=place, text="16")
    content = t.NotebookDocumentCellContentChanges(t.VersionedTextDocumentIdentifier(version=2, uri=cell), [edit])
    notebook.change(t.NotebookDocumentCellChanges(text_content=[content]))
    assert await notebook.codes() == [[], [], [], ["BN202"], []]
    # Without the cell that imports, nothing is known of nn any more.
    array = t.NotebookCellArrayChange(start=0, delete_count=1, cells=[])
    structure = t.NotebookDocumentCellChangeStructure(array, did_close=[t.TextDocumentIdentifier(notebook.cells[0])])
    notebook.change(t.NotebookDocumentCellChanges(structure=structure))
    del notebook.cells[0]
    assert await notebook.codes() == [[], [], [], []]
    notebook.close()
