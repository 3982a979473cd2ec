// The oldest Node that every pinned tool and dependency runs on; the same number stands in each package's "engines".
const oldest = { major: 20, minor: 19 };

/** Ends the process with a sentence when Node is too old; called before anything else is loaded or installed. */
export function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > oldest.major || (major === oldest.major && minor >= oldest.minor)) return;
  process.stderr.write(
    `Bothy needs Node ${oldest.major}.${oldest.minor} or newer; this is Node ${process.versions.node}.\n` +
      "Install a newer Node (https://nodejs.org) and run the command again.\n",
  );
  process.exit(1);
}
