import ParlaFiles

/// Any folder of recordings with their texts: in a table in any common format, or in a text file next to each recording.
///
/// A table has commas, semicolons, tabs, bars or a blank after the recording's name between its columns; the column with the
/// recordings is found by comparing with the existing files.
struct FolderImporter: SourceImporter {
  let name = "folder"
  let summary = "any folder or archive of recordings with a table, or with texts next to them"
  let licence = "one's own"
  let layout = "sound files, and a table that names them or a text file of the same name for each"
  let rules = ImportRules(
    TextRules(.letters), seconds: 0.1...30, millisecondsPerCharacter: 20)

  func recognizes(_ tree: SourceTree) -> Bool {
    tree.files.contains { SourceFile.isSound($0.path) }
  }

  func samples(
    in tree: SourceTree, _ request: ListingRequest
  ) throws(ImportError) -> [ListedSample] {
    let recordings = tree.files.map(\.path).filter(SourceFile.isSound)
    let guesser = TableGuesser(tree: tree, recordings: recordings, request: request)
    var samples: [ListedSample] = []
    for path in tree.files.map(\.path) where SourceFile.isText(path) {
      let found = try guesser.samples(of: path)
      // The text next to a recording may name only that one; a table also names others.
      if Self.sharesFolder(path, tree), Set(found.flatMap(\.audio)).count < 2 { continue }
      samples += found
    }
    var named = Set(samples.flatMap(\.audio))
    for recording in recordings where !named.contains(recording) {
      guard let path = Self.text(of: recording, tree) else { continue }
      let text = SourceText(try tree.contents(path), encoding: request.encoding).text.trimmed
      samples.append(
        ListedSample(
          recording, text: text, sets: part(inPath: recording).map { [$0] } ?? []))
      named.insert(recording)
    }
    return samples + recordings.filter { !named.contains($0) }.map { ListedSample($0, text: "") }
  }

  private static let endings = ["txt", "lab", "trn", "text", "normalized.txt"]

  /// The file with the text of `recording`: next to it, or in a folder next to its own.
  private static func text(of recording: String, _ tree: SourceTree) -> String? {
    let folder = recording.folderPath
    let places =
      [folder]
      + ["txt", "text", "texts", "transcripts", "transcript"].map {
        folder.folderPath.appendingName($0)
      }
    for place in places {
      for ending in endings {
        let path = place.appendingName("\(recording.fileStem).\(ending)")
        if let file = tree.file(path) { return file.path }
      }
    }
    return nil
  }

  /// Whether the text at `path` has the name of a recording.
  private static func sharesFolder(_ path: String, _ tree: SourceTree) -> Bool {
    endings.contains(path.ending) && tree.recording(path.withoutExtension) != nil
  }
}
