-- Drives Neovim's own language client (0.7 or newer): waits for a problem, hovers, takes the fix, saves.
-- Read from the environment: JOB, a JSON object (see test_other_editors.py); what was seen is written to its "result".
local job = vim.fn.json_decode(vim.env.JOB)
local version = vim.version()
local seen = { editor = ("Neovim %d.%d.%d"):format(version.major, version.minor, version.patch) }

local function wait(what, condition)
  if not vim.wait(job.patience * 1000, condition, 20) then
    error("timed out waiting for " .. what)
  end
end

local function find(buffer)
  for _, diagnostic in ipairs(vim.diagnostic.get(buffer)) do
    if diagnostic.message:find(job.message, 1, true) then
      return diagnostic
    end
  end
end

local function floating_text()
  for _, window in ipairs(vim.api.nvim_list_wins()) do
    if vim.api.nvim_win_get_config(window).relative ~= "" then
      return table.concat(vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(window), 0, -1, false), "\n")
    end
  end
end

local function run()
  vim.opt.swapfile = false
  vim.cmd("edit " .. vim.fn.fnameescape(job.file))
  local buffer = vim.api.nvim_get_current_buf()
  local config = { name = "bn-lint", cmd = job.server, root_dir = vim.fn.fnamemodify(job.file, ":h") }
  if vim.lsp.start then
    vim.lsp.start(config)
  else -- before 0.8
    vim.lsp.buf_attach_client(buffer, vim.lsp.start_client(config))
  end

  wait("the problem", function() return find(buffer) end)
  local diagnostic = find(buffer)
  seen.diagnostic = { line = diagnostic.lnum + 1, message = diagnostic.message, source = diagnostic.source }
  vim.api.nvim_win_set_cursor(0, { diagnostic.lnum + 1, diagnostic.col })

  vim.lsp.buf.hover()
  wait("the hover", floating_text)
  seen.hover = floating_text()

  seen.menu = {}
  vim.ui.select = function(items, options, choose)
    local choice
    for index, item in ipairs(items) do
      local title = options.format_item(item)
      table.insert(seen.menu, title)
      if title:find(job.action, 1, true) then choice = index end
    end
    choose(items[choice], choice)
  end
  vim.lsp.buf.code_action()
  wait("the fix", function() return not find(buffer) end)
  vim.cmd("silent write")
end

local ok, problem = pcall(run)
seen.problem = not ok and tostring(problem) or nil
vim.fn.writefile({ vim.fn.json_encode(seen) }, job.result)
vim.cmd("qall!")
