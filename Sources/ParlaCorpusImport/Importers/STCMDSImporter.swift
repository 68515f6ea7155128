/// ST-CMDS, the Free ST Chinese Mandarin Corpus: `ID.wav`, `ID.txt` and `ID.metadata` in one folder.
struct STCMDSImporter: SourceImporter {
  let name = "st-cmds"
  let summary = "ST-CMDS, 855 speakers on telephones, 100 hours; Mandarin"
  let licence = "CC BY-NC-ND 4.0"
  let layout = "….wav, ….txt and ….metadata in one folder"
  let rules: ImportRules = {
    var rules = ImportRules(TextRules(.asWritten), seconds: 0...10)
    rules.longestIsForTraining = true
    return rules
  }()

  func recognizes(_ tree: SourceTree) -> Bool {
    tree.paths(ending: ".metadata").contains { tree.has($0.withoutEnding + ".txt") }
  }

  func samples(
    in tree: SourceTree, _ request: ListingRequest
  ) throws(ImportError) -> [ListedSample] {
    var samples: [ListedSample] = []
    for path in tree.files.map(\.path) where SourceFile.isSound(path) {
      let text = path.withoutEnding + ".txt"
      samples.append(
        ListedSample(
          path, text: tree.has(text) ? SourceText(try tree.contents(text)).text.trimmed : "",
          // 20170001P00001A0001: the corpus, the speaker, the sentence.
          speaker: path.stem.firstMatch(of: /P\d+[A-Z]/).map { String($0.output) }))
    }
    return samples
  }

  /// The last 5,000 are test, the 5,000 before them dev.
  func originalParts(of samples: [KeptSample]) -> [String]? {
    samples.indices.map { index in
      let fromEnd = samples.count - index
      return fromEnd <= 5000 ? "test" : fromEnd <= 10_000 ? "dev" : "train"
    }
  }
}
