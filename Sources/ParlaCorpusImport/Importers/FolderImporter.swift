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
  ) throws(ImportError) -> [ListedSample] { try listing(in: tree, request).samples }

  func listing(
    in tree: SourceTree, _ request: ListingRequest
  ) throws(ImportError) -> SourceListing {
    let recordings = tree.files.map(\.path).filter(SourceFile.isSound)
    let guesser = TableGuesser(tree: tree, recordings: recordings, request: request)
    var listing = SourceListing()
    var listed: Set<[[UInt8]]> = []
    for path in tree.files.map(\.path) where SourceFile.isText(path) {
      guard let table = try guesser.table(at: path) else { continue }
      // The text next to a recording may name only that one; a table also names others.
      if Self.sharesFolder(path, tree), Set(table.samples.flatMap(\.audio)).count < 2 { continue }
      // Several tables may list the same recordings, such as one's own and what another program made of it.
      let own = table.samples.filter { !listed.contains(Self.key(of: $0)) }
      listed.formUnion(own.map(Self.key))
      guard !own.isEmpty || table.samples.isEmpty else { continue }
      listing.samples += own
      listing.tables.append(table.columns)
    }
    var named = Set(listing.samples.flatMap(\.audio))
    var texts: Set<String> = []
    func add(_ recording: String, textAt path: String) throws(ImportError) {
      let text = SourceText(try tree.contents(path), encoding: request.encoding).text.trimmed
      listing.samples.append(
        ListedSample(
          recording, text: text, sets: part(inPath: recording).map { [$0] } ?? [],
          flaw: recording == path ? .noRecording : nil))
      named.insert(recording)
      texts.insert(path)
    }
    for recording in recordings where !named.contains(recording) {
      if let path = Self.text(of: recording, tree) { try add(recording, textAt: path) }
    }
    for recording in Self.unconverted(in: tree) where !named.contains(recording) {
      guard let path = Self.text(of: recording, tree), !texts.contains(path) else { continue }
      try add(recording, textAt: path)
    }
    let tables = Set(listing.tables.map(\.table))
    for path in Self.lonely(among: texts, in: tree) where !tables.contains(path) {
      try add(path, textAt: path)
    }
    listing.samples += recordings.filter { !named.contains($0) }.map { ListedSample($0, text: "") }
    return listing
  }

  /// What two samples have in common that are the same, though their tables differ in capitals and punctuation.
  private static func key(of sample: ListedSample) -> [[UInt8]] {
    let letters = sample.text.lowercased().filter { $0.isLetter || $0.isNumber }
    return (sample.audio + [letters]).map { Array($0.utf8) }
  }

  /// The recordings that must be converted first and have not been.
  private static func unconverted(in tree: SourceTree) -> [String] {
    tree.files.map(\.path).filter { SourceFile.isConvertible($0) && tree.recording($0) == $0 }
  }

  private static let endings = ["txt", "lab", "trn", "text", "normalized.txt"]

  /// The folders of texts next to those of recordings.
  private static let textFolders = ["txt", "text", "texts", "transcripts", "transcript"]

  /// What people write about a folder of recordings.
  private static let remarks: Set<String> = [
    "readme", "liesmich", "license", "licence", "copying", "notes", "about", "changelog",
  ]

  /// The size in bytes from which a text is more than what is said in a recording.
  private static let textLimit = 10_000

  /// The texts without a recording in the folders of `texts`, which have one, and with the same endings.
  private static func lonely(among texts: Set<String>, in tree: SourceTree) -> [String] {
    let places = Set(texts.map { [$0.folderPath, $0.ending] })
    guard !places.isEmpty else { return [] }
    return tree.files.filter { file in
      SourceFile.isText(file.path) && places.contains([file.path.folderPath, file.path.ending])
        && !texts.contains(file.path) && file.byteCount < textLimit
        && !remarks.contains(file.path.fileStem.lowercased()) && !hasRecording(file.path, tree)
    }.map(\.path)
  }

  /// Whether a recording has the name of the text at `path`.
  private static func hasRecording(_ path: String, _ tree: SourceTree) -> Bool {
    if tree.recording(path.withoutExtension) != nil { return true }
    return textFolders.contains(path.folderPath.fileName)
      && tree.recording(named: path.fileStem) != nil
  }

  /// The file with the text of `recording`: next to it, or in a folder next to its own.
  private static func text(of recording: String, _ tree: SourceTree) -> String? {
    let folder = recording.folderPath
    let places =
      [folder]
      + textFolders.map { folder.folderPath.appendingName($0) }
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
