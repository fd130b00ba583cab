extension String {
    /// The text as one word of a POSIX shell, for a command that somebody will paste: as it stands where a shell takes
    /// nothing of it for its own, else in single quotes. A resource group may have parentheses in its name, a path
    /// blanks, and what a service or a stranger's spec says may be anything.
    package var shellWord: String {
        let isPlain = !isEmpty && utf8.allSatisfy(Self.plainInShells.contains)
        return isPlain ? self : "'" + replacing("'", with: #"'\''"#) + "'"
    }

    private static let plainInShells = Set(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:@%+=,".utf8)
}
