;;; Drives Emacs with eglot: waits for a problem, hovers, takes the fix, saves.  -*- lexical-binding: t -*-
;; Read from the environment: JOB, a JSON object (see test_other_editors.py); what was seen is written to its "result".
;; Run with -q, not -Q: Debian's elpa-eglot is found through site-lisp.

(require 'cl-lib)
(require 'json)
(unless (require 'eglot nil t) (package-initialize) (require 'eglot))
(require 'flymake)

(defvar job (let ((json-object-type 'alist) (json-array-type 'list)) (json-read-from-string (getenv "JOB"))))
(defvar seen (list (cons 'editor (format "Emacs %s" emacs-version))))

(defun job (key) (alist-get key job))

(defun await (what condition)
  "Wait for CONDITION and return its value."
  (let ((end (+ (float-time) (job 'patience))) value)
    (while (and (not (setq value (funcall condition))) (< (float-time) end))
      (accept-process-output nil 0.05))
    (or value (error "Timed out waiting for %s" what))))

(defun problem ()
  (cl-find-if (lambda (found) (string-search (job 'message) (flymake-diagnostic-text found))) (flymake-diagnostics)))

(defun hover-text ()
  "What eglot would show in the echo area for the place at point."
  (let ((answer (jsonrpc-request (eglot-current-server) :textDocument/hover (eglot--TextDocumentPositionParams))))
    (and answer (eglot--hover-info (plist-get answer :contents) (plist-get answer :range)))))

(defun run ()
  (setq eglot-server-programs `((python-mode . ,(job 'server)))
        eglot-sync-connect (job 'patience)
        eglot-connect-timeout (job 'patience)
        eglot-confirm-server-initiated-edits nil ; nobody is there to answer
        eglot-confirm-server-edits nil           ; the same, under its newer name
        make-backup-files nil)
  (find-file (job 'file))
  (python-mode)
  (apply #'eglot--connect (eglot--guess-contact)) ; what M-x eglot does
  (unless (bound-and-true-p eglot--managed-mode) (eglot--maybe-activate-editing-mode))
  (flymake-mode 1)
  (flymake-start) ; there is no command loop that would do it
  (let ((found (await "the problem" #'problem)))
    (goto-char (flymake-diagnostic-beg found))
    (push (cons 'diagnostic (list (cons 'line (line-number-at-pos)) (cons 'message (flymake-diagnostic-text found)))) seen))
  (push (cons 'hover (substring-no-properties (hover-text))) seen)
  (cl-letf (((symbol-function 'completing-read)
             (lambda (_prompt collection &rest _)
               (let ((titles (all-completions "" collection)))
                 (push (cons 'menu (vconcat titles)) seen)
                 (cl-find-if (lambda (title) (string-search (job 'action) title)) titles)))))
    (let ((last-nonmenu-event ?\r)) ; a key; a click would open a pop-up menu
      (eglot-code-actions (point) nil "quickfix" t)))
  (eglot--signal-textDocument/didChange) ; an idle timer would
  (await "the fix" (lambda () (flymake-start) (not (problem))))
  (save-buffer))

(condition-case failure (run) (error (push (cons 'problem (error-message-string failure)) seen)))
(let ((coding-system-for-write 'utf-8)) (write-region (json-encode seen) nil (job 'result)))
(ignore-errors (eglot-shutdown (eglot-current-server) nil 5))
(kill-emacs 0)
