/// Lists of recordings, each known by a number: nearly all are of one file of the corpus, and have that file's position.
struct RecordingLists: Sendable {
  private let tree: SourceTree
  /// The other lists: those of several recordings, or of one that is not there under this name; -1 is the first one's number.
  private var others = NumberedValues<[String]>()

  /// Makes numbers for recordings of `tree`.
  init(of tree: SourceTree) { self.tree = tree }

  subscript(_ number: Int32) -> [String] {
    number < 0 ? others[-1 - number] : [tree.files[Int(number)].path]
  }

  /// The number of the list `paths`.
  mutating func number(of paths: [String]) -> Int32 {
    if paths.count == 1, let position = tree.position(spelled: paths[0]) { return Int32(position) }
    return -1 - others.number(of: paths)
  }

  /// Whether all recordings of the list with this number are files on the disk, not members of archives.
  func allAreFiles(_ number: Int32) -> Bool {
    self[number].allSatisfy { tree.file($0)?.folder != nil }
  }

  /// The files of the list with this number that are in the tree.
  func files(_ number: Int32) -> [SourceFile] {
    number < 0 ? self[number].compactMap(tree.file) : [tree.files[Int(number)]]
  }
}
