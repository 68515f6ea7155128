import ParlaFiles

/// The recordings that a person gave to Common Voice: `takeout_…_metadata.txt` and archives of clips.
struct PersonalCommonVoiceImporter: SourceImporter {
  let name = "cv-personal"
  let summary = "the takeout of one's own Common Voice recordings"
  let licence = "one's own"
  let layout = "takeout_…_metadata.txt next to takeout_…_pt_0.zip"
  let rules = ImportRules(
    TextRules(.deepSpeech), seconds: 0...10, millisecondsPerCharacter: 20)

  func recognizes(_ tree: SourceTree) -> Bool { !tables(in: tree).isEmpty }

  private func tables(in tree: SourceTree) -> [String] {
    tree.paths(ending: "_metadata.txt").filter { $0.fileName.hasPrefix("takeout") }
  }

  func samples(
    in tree: SourceTree, _ request: ListingRequest
  ) throws(ImportError) -> [ListedSample] {
    var samples: [ListedSample] = []
    for table in tables(in: tree) {
      var reader = TableReader(SourceText(try tree.contents(table)).text, separator: .tab)
      let names = reader.next() ?? []
      guard let id = names.firstIndex(of: "original_sentence_id"),
        let sentence = names.firstIndex(of: "sentence")
      else { throw .unknownColumn(path: table, name: "original_sentence_id", known: names) }
      while let row = reader.next() {
        guard row.count > max(id, sentence) else { continue }
        samples.append(
          ListedSample(tree.recording(named: row[id]) ?? row[id], text: row[sentence]))
      }
    }
    return samples
  }

  func originalParts(of samples: KeptSamples) -> [String]? { samples.map { _ in "train" } }
}
