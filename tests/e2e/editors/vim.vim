" Drives Vim 9 with ALE: waits for a problem, hovers, takes the fix, saves.
" Read from the environment: JOB, a JSON object (see test_other_editors.py); what was seen is written to its "result".
set nocompatible noswapfile viminfo= hidden
filetype plugin on
set runtimepath^=/usr/share/vim-ale
let s:job = json_decode($JOB)
let s:seen = {'editor': 'Vim ' . v:versionlong}
let g:ale_linters = {'python': ['bn_lint']}
let g:ale_linters_explicit = 1
let g:ale_echo_cursor = 0
let g:ale_hover_to_preview = 1
runtime plugin/ale.vim
call ale#linter#Define('python', {
\ 'name': 'bn_lint', 'lsp': 'stdio', 'language': 'python',
\ 'executable': s:job.server[0],
\ 'command': join(map(copy(s:job.server), 'ale#Escape(v:val)'), ' '),
\ 'project_root': {buffer -> fnamemodify(bufname(buffer), ':p:h')},
\})

func! s:Wait(what, Condition)
  for _ in range(s:job.patience * 20)
    if a:Condition() | return | endif
    sleep 50m
  endfor
  throw 'timed out waiting for ' . a:what
endfunc

func! s:Problems(buffer)
  let all = get(get(g:ale_buffer_info, a:buffer, {}), 'loclist', [])
  return filter(copy(all), 'stridx(v:val.text, s:job.message) >= 0')
endfunc

func! s:PreviewText()
  for number in range(1, winnr('$'))
    if getwinvar(number, '&previewwindow')
      return join(getbufline(winbufnr(number), 1, '$'), "\n")
    endif
  endfor
  return ''
endfunc

func! s:Run()
  execute 'edit' fnameescape(s:job.file)
  set filetype=python
  let buffer = bufnr('')
  ALELint
  call s:Wait('the problem', {-> !empty(s:Problems(buffer))})
  let problem = s:Problems(buffer)[0]
  let s:seen.diagnostic = {'line': problem.lnum, 'message': problem.text}
  call cursor(problem.lnum, problem.col)

  ALEHover
  call s:Wait('the hover', {-> s:PreviewText() !=# ''})
  let s:seen.hover = s:PreviewText()
  pclose

  " ALE lists the actions by number and asks with input(): the fix that is preferred comes first.
  call feedkeys("1\<CR>", 't')
  let before = b:changedtick
  ALECodeAction
  call s:Wait('the edit', {-> b:changedtick > before})
  silent write
  call s:Wait('the problem to go', {-> empty(s:Problems(buffer))})
endfunc

try
  call s:Run()
catch
  let s:seen.problem = v:exception . ' at ' . v:throwpoint
endtry
call writefile([json_encode(s:seen)], s:job.result)
qall!
