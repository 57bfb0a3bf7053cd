/** The name of a certificate's subject as libvirt writes it: `C=GB,O=Example,CN=host`, from Node's one field per line. */
export function distinguishedName(subject: string): string {
  return subject
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const at = line.indexOf('=');
      return `${line.slice(0, at)}=${line.slice(at + 1).replaceAll(',', '\\,')}`;
    })
    .join(',');
}

/** Shell patterns with `*` and `?`, as in libvirt's allow-lists. */
export function matchesAny(name: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => {
    const source = pattern.replace(/[\\^$.*+?()[\]{}|]/g, (c) => (c === '*' ? '.*' : c === '?' ? '.' : `\\${c}`));
    return new RegExp(`^${source}$`, 's').test(name);
  });
}
