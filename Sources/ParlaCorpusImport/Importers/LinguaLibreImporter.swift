import ParlaFiles

/// Lingua Libre: `Qnn-iso-Language/SPEAKER/TEXT.ogg`, the words of a dictionary as file names.
struct LinguaLibreImporter: SourceImporter {
  let name = "lingua-libre"
  let summary = "Lingua Libre, single words by volunteers; over a hundred languages"
  let licence = "CC BY-SA 4.0, CC BY 4.0 or CC0, see the corpus"
  let layout = "Q21-fra-French/SPEAKER/TEXT.ogg"
  let rules = ImportRules(
    TextRules(.deepSpeech), seconds: 0...10, millisecondsPerCharacter: 20)

  func recognizes(_ tree: SourceTree) -> Bool { tree.files.contains { isRecording($0.path) } }

  private func isRecording(_ path: String) -> Bool {
    SourceFile.isSound(path)
      && path.folderPath.split(separator: "/").contains {
        $0.wholeMatch(of: /Q\d+-[a-z]{3}-.+/) != nil
      }
  }

  func samples(
    in tree: SourceTree, _ request: ListingRequest
  ) throws(ImportError) -> [ListedSample] {
    tree.files.map(\.path).filter(isRecording).map { path in
      ListedSample(path, text: path.fileStem, speaker: path.folderPath.fileName)
    }
  }

  func originalParts(of samples: KeptSamples) -> [String]? { tenths(samples.count) }
}
