import ParlaFiles

/// Gram Vaani: a CSV with `audio_url` and `transcript`, and the MP3s to which the addresses lead.
struct GramVaaniImporter: SourceImporter {
  let name = "gram-vaani"
  let summary = "Gram Vaani, telephone calls of villagers; Hindi"
  let licence = "by its makers"
  let layout = "a CSV with audio_url and transcript, and the MP3s"
  let rules = ImportRules(
    TextRules(.deepSpeech), seconds: 0...10, millisecondsPerCharacter: 20)

  func recognizes(_ tree: SourceTree) -> Bool {
    tree.paths(ending: ".csv").contains { (try? header(of: $0, tree)) != nil }
  }

  /// The columns of the table at `path`; nil if it is none of the corpus.
  private func header(
    of path: String, _ tree: SourceTree
  ) throws(ImportError) -> (audio: Int, text: Int, speaker: Int?)? {
    let text = SourceText(try tree.contents(path)).text
    let names =
      TableReader.rows(text, separator: .comma, quoting: .python, limit: 1).first?.map {
        $0.trimmed.lowercased()
      } ?? []
    guard let audio = names.firstIndex(of: "audio_url"),
      let transcript = names.firstIndex(of: "transcript")
    else { return nil }
    return (audio, transcript, names.firstIndex(of: "user_id"))
  }

  func samples(
    in tree: SourceTree, _ request: ListingRequest
  ) throws(ImportError) -> [ListedSample] {
    var samples: [ListedSample] = []
    for path in tree.paths(ending: ".csv") {
      guard let columns = try header(of: path, tree) else { continue }
      let text = SourceText(try tree.contents(path), encoding: request.encoding).text
      let rows = TableReader.rows(text, separator: .comma, quoting: .python)
      for row in rows.dropFirst() where row.count > max(columns.audio, columns.text) {
        let name = row[columns.audio].trimmed.fileName
        guard !name.isEmpty else { continue }
        let speaker = columns.speaker.flatMap { row.indices.contains($0) ? row[$0].trimmed : nil }
        samples.append(
          ListedSample(
            tree.recording(named: name) ?? tree.recording(named: name.withoutExtension) ?? name,
            text: row[columns.text].trimmed, speaker: speaker.flatMap { $0.isEmpty ? nil : $0 }))
      }
    }
    return samples
  }
}
