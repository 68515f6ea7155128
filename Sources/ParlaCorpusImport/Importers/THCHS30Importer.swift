import ParlaFiles

/// THCHS-30: `data/ID.wav` and `data/ID.wav.trn`, whose first line has the words; `train`, `dev` and `test` hold names of them.
struct THCHS30Importer: SourceImporter {
  let name = "thchs30"
  let summary = "THCHS-30, 40 readers of news, 35 hours; Mandarin"
  let licence = "Apache 2.0"
  let layout = "data/….wav with data/….wav.trn, and folders train, dev and test"
  let rules = ImportRules(TextRules(.asWritten))

  private static let ending = ".wav.trn"

  func recognizes(_ tree: SourceTree) -> Bool { !tree.paths(ending: Self.ending).isEmpty }

  func samples(
    in tree: SourceTree, _ request: ListingRequest
  ) throws(ImportError) -> [ListedSample] {
    let texts = tree.paths(ending: Self.ending)
    var parts: [String: String] = [:]
    for path in texts {
      if let part = part(inPath: path) { parts[path.fileName] = part }
    }
    let all = texts.filter { $0.folderPath.fileName == "data" }
    var samples: [ListedSample] = []
    for path in all.isEmpty ? texts : all {
      let line = SourceText(try tree.contents(path)).lines.first.map(String.init) ?? ""
      let id = path.fileName
      samples.append(
        ListedSample(
          String(path.dropLast(4)), text: line.filter { !$0.isWhitespace },
          speaker: id.split(separator: "_").first.map(String.init),
          sets: parts[id].map { [$0] } ?? []))
    }
    return samples
  }
}
