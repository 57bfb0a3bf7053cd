import { commands, type CommandSpec } from '../command.js';
import { complete } from '../complete.js';
import { lines, plain } from '../output/output.js';
import { UsageError } from '../output/usage-error.js';

const command = commands('This host');

// Each script asks the program itself, so that new commands and objects need no new script.
const SCRIPTS: Readonly<Record<string, string>> = {
  bash: `# bash completion for virtkit: source <(virtkit completion bash)
_virtkit() {
  local words=("\${COMP_WORDS[@]:1:COMP_CWORD}")
  local line="\${COMP_LINE:0:COMP_POINT}"
  local current="\${COMP_WORDS[COMP_CWORD]}"
  # URIs have colons, at which bash splits words: pass the line as it was typed.
  local -a typed
  read -ra typed <<<"$line"
  [[ "$line" == *" " ]] && typed+=("")
  mapfile -t COMPREPLY < <(virtkit __complete -- "\${typed[@]:1}" 2>/dev/null)
  [[ \${#COMPREPLY[@]} -eq 0 ]] && compopt -o default 2>/dev/null
}
complete -F _virtkit virtkit
`,
  zsh: `#compdef virtkit
# zsh completion for virtkit: source <(virtkit completion zsh)
_virtkit() {
  local -a candidates
  candidates=("\${(@f)$(virtkit __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "\${candidates[1]}" ]]; then compadd -a candidates; else _files; fi
}
compdef _virtkit virtkit
`,
  fish: `# fish completion for virtkit: virtkit completion fish | source
function __virtkit_complete
  set -l words (commandline -opc) (commandline -ct)
  virtkit __complete -- $words[2..-1] 2>/dev/null
end
complete -c virtkit -a '(__virtkit_complete)'
`,
};

/** Needs the whole table, of which it is a part. */
export function completion(table: () => readonly CommandSpec[]): readonly CommandSpec[] {
  return [
    command(
      'completion',
      'Print a completion script: source <(virtkit completion bash)',
      { args: '<shell>' },
      async (call) => {
        const script = SCRIPTS[call.arg('shell')];
        if (script === undefined)
          throw new UsageError(`'${call.arg('shell')}' is none of ${Object.keys(SCRIPTS).join(', ')}`);
        return plain(script, 'script');
      },
    ),
    command(
      '__complete',
      'Print what could stand at the end of a command line',
      { args: '[word...]', hidden: true },
      async (call) => {
        const { json, text } = lines(await complete(table(), call.rest('word')));
        return { json, text: () => text().replace(/\n$/, '') };
      },
    ),
  ];
}
