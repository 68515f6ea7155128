import ParlaFiles

/// VoxForge: an archive for each reading, with `etc/PROMPTS` (`NAME/mfc/ID TEXT`) and `wav/ID.wav` or `flac/ID.flac`.
struct VoxForgeImporter: SourceImporter {
  let name = "voxforge"
  let summary = "VoxForge, read by volunteers; 17 languages"
  let licence = "GPL-3"
  let layout = "archives or folders with etc/PROMPTS and wav or flac"
  let rules = Self.limits(.letters)

  /// The original knows English only.
  let originalRules = Self.limits(.table(TextTable(letters: "abcdefghijklmnopqrstuvwxyz'")))

  private static func limits(_ cleaner: TextRules.Cleaner) -> ImportRules {
    // More than 1400 bytes of 16 kHz a character.
    ImportRules(TextRules(cleaner), seconds: 0.5...20, millisecondsPerCharacter: 43.75)
  }

  func recognizes(_ tree: SourceTree) -> Bool { !prompts(in: tree).isEmpty }

  private func prompts(in tree: SourceTree) -> [String] {
    (tree.paths(named: "PROMPTS") + tree.paths(named: "prompts"))
      .filter { $0.folderPath.fileName == "etc" }
  }

  func samples(
    in tree: SourceTree, _ request: ListingRequest
  ) throws(ImportError) -> [ListedSample] {
    var samples: [ListedSample] = []
    for table in prompts(in: tree) {
      let folder = table.folderPath.folderPath
      let name = folder.fileName
      let reader = name.prefix { $0 != "-" }
      let text = SourceText(try tree.contents(table), encoding: request.encoding).text
      for row in TableReader.rows(text, separator: .firstBlank) where row.count == 2 {
        let id = row[0].fileName
        let paths =
          [folder.appendingName("wav/\(id).wav")]
          + (request.asOriginal ? [] : [folder.appendingName("flac/\(id).flac")])
        samples.append(
          ListedSample(
            paths.first(where: tree.has) ?? paths[0], text: row[1],
            // Anonymous readers are not one.
            speaker: reader.lowercased() == "anonymous" ? name : String(reader)))
      }
    }
    return samples
  }

  /// Of the readings a hundredth each is test and dev.
  func originalParts(of samples: KeptSamples) -> [String]? {
    let readings = samples.map { $0.listed.audio[0].folderPath.folderPath }
    var order: [String: Int] = [:]
    for reading in readings where order[reading] == nil { order[reading] = order.count }
    let hundredth = order.count / 100
    return readings.map { reading in
      let position = order[reading] ?? 0
      return position < hundredth ? "test" : position < 2 * hundredth ? "dev" : "train"
    }
  }
}
