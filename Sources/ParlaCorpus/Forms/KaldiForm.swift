import ParlaFiles

/// A data folder of Kaldi: `wav.scp`, `text`, and where there are `segments` and `utt2spk`.
///
/// Kaldi's "Data preparation" defines the files. Entries of `wav.scp` that are commands are not run: of those that only unpack one
/// recording (``KaldiProgram``) the recording is read.
enum KaldiForm: CorpusForm {
  static let name = "kaldi"
  static let summary = "Kaldi data folder: wav.scp, text, segments, utt2spk"

  static func recognizes(_ place: CorpusPlace) -> Bool {
    place.isFolder && place.file("wav.scp") != nil
  }

  static func read(_ place: CorpusPlace) throws(CorpusError) -> CorpusContent {
    var content = CorpusContent()
    let recordings = try recordings(place, &content.problems)
    let passages = try place.file("segments").map { path throws(CorpusError) in
      try segments(path, &content.problems)
    }
    let speakers = try KaldiTable(place.file("utt2spk"), &content.problems)
    func sample(_ utterance: String, _ text: String, _ path: String, _ line: Int) {
      let passage = passages?[utterance.bytes]
      guard let audio = recordings[(passage?.recording ?? utterance).bytes] else {
        content.problems.append(
          .badEntry(
            path: path, line: line, found: "\(utterance), of which there is no recording",
            expected: "an utterance of segments or wav.scp"))
        return
      }
      content.samples.append(
        Sample(
          audioPath: passage.map {
            SoundPlace.passage(audio, from: $0.start, lasting: $0.duration)
          } ?? audio,
          transcript: text, speaker: speakers[utterance], line: line,
          otherColumns: ["id": utterance]))
    }
    if let path = place.file("text") {
      for line in try KaldiTable(path, &content.problems).lines {
        sample(line.parts.first, line.parts.rest, path, line.number)
      }
    } else {
      content.unlabelled = .missingFile(folder: place.path, name: "text")
      let names = passages.map { Array($0.keys) } ?? Array(recordings.keys)
      for name in names.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
        sample(
          String(decoding: name, as: UTF8.self), "", place.path.appendingName("wav.scp"), 0)
      }
    }
    return content
  }

  // MARK: Tables

  private struct Passage {
    let recording: String
    let start: Double
    /// Nil for what lasts to the recording's end, which Kaldi writes as -1.
    let duration: Double?
  }

  private static func segments(
    _ path: String, _ problems: inout [CorpusError]
  ) throws(CorpusError) -> [[UInt8]: Passage] {
    var passages: [[UInt8]: Passage] = [:]
    for line in try KaldiTable(path, &problems).lines {
      let words = line.text.split(whereSeparator: \.isWhitespace).map(String.init)
      guard words.count >= 4, let start = finiteNumber(words[2], as: Double.self),
        let end = finiteNumber(words[3], as: Double.self), start >= 0, end > start || end == -1
      else {
        problems.append(
          .badEntry(
            path: path, line: line.number, found: "\"\(line.text)\"",
            expected: "UTTERANCE RECORDING START END"))
        continue
      }
      passages[words[0].bytes] = Passage(
        recording: words[1], start: start, duration: end == -1 ? nil : end - start)
    }
    return passages
  }

  private static func recordings(
    _ place: CorpusPlace, _ problems: inout [CorpusError]
  ) throws(CorpusError) -> [[UInt8]: String] {
    let path = place.path.appendingName("wav.scp")
    var recordings: [[UInt8]: String] = [:]
    for line in try KaldiTable(path, &problems).lines {
      let (name, entry) = line.parts
      guard let audio = recording(entry, in: place.path) else {
        throw .command(path: path, line: line.number, command: entry)
      }
      recordings[name.bytes] = audio
    }
    return recordings
  }

  // MARK: Names of recordings

  /// The address of what Kaldi calls an extended file name; nil for a command that is not understood.
  private static func recording(_ name: String, in folder: String) -> String? {
    guard name.hasSuffix("|") else { return plain(name, in: folder) }
    guard let program = KaldiProgram(name.dropLast()) else { return nil }
    let recording = plain(program.recording, in: folder)
    guard let channel = program.channel else { return recording }
    return SoundPlace.passage(recording, from: 0, lasting: nil, channel: channel)
  }

  /// `path`, or `archive:offset` of an archive of recordings.
  private static func plain(_ name: String, in folder: String) -> String {
    if let colon = name.lastIndex(of: ":"), let offset = Int(name[name.index(after: colon)...]),
      offset >= 0
    {
      let file = String(name[..<colon]).resolvedFromWorkingFolder(or: folder)
      return "\(file)#bytes=\(offset)-&name=recording.wav"
    }
    return name.resolvedFromWorkingFolder(or: folder)
  }

  // MARK: Writing

  static func writer(_ path: String, _ style: CorpusStyle) throws(CorpusError) -> any CorpusWriter {
    try ListingWriter(path, sounds: path.appendingName("wav"), isFolder: true) {
      samples throws(CorpusError) in
      let ids = identifiers(of: samples)
      var files = (scp: [String](), text: [String](), segments: [String](), speakers: [String]())
      var seen: [[UInt8]: String] = [:]
      let passages = try durations(of: samples, name)
      let hasPassages = passages.contains { $0.start != nil }
      for ((sample, id), passage) in zip(zip(samples, ids), passages) {
        files.speakers.append("\(id) \(speaker(of: sample) ?? id)")
        if style.hasTranscripts { files.text.append("\(id) \(sample.transcript)") }
        guard hasPassages else {
          files.scp.append("\(id) \(passage.file)")
          continue
        }
        let recording = seen[passage.file.bytes] ?? "recording-\(seen.count + 1)"
        if seen.updateValue(recording, forKey: passage.file.bytes) == nil {
          files.scp.append("\(recording) \(passage.file)")
        }
        let start = passage.start ?? 0
        files.segments.append("\(id) \(recording) \(start) \(start + passage.seconds)")
      }
      func joined(_ lines: [String]) -> String {
        // Kaldi's programs expect the order of bytes, as `LC_ALL=C sort` makes it.
        lines.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.joined(separator: "\n") + "\n"
      }
      var written = [("wav.scp", joined(files.scp)), ("utt2spk", joined(files.speakers))]
      if style.hasTranscripts { written.append(("text", joined(files.text))) }
      if hasPassages { written.append(("segments", joined(files.segments))) }
      return written.map { (path.appendingName($0.0), $0.1) }
    }
  }

  /// A name for each utterance, which begins with the speaker's, as Kaldi asks.
  private static func identifiers(of samples: [Sample]) -> [String] {
    let width = String(samples.count).count
    return samples.enumerated().map { index, sample in
      let number = String(index + 1)
      let padded = String(repeating: "0", count: width - number.count) + number
      return (speaker(of: sample).map { "\($0)-" } ?? "") + padded
    }
  }

  private static func speaker(of sample: Sample) -> String? {
    sample.speaker.map { speaker in
      String(speaker.map { $0.isWhitespace ? "_" : $0 })
    }
  }
}

/// The lines of a table whose first words are different names.
///
/// A line that is there twice counts once. Names are compared by their bytes, as Kaldi's programs compare them.
private struct KaldiTable {
  private(set) var lines: [CorpusText.Line] = []
  private var places: [[UInt8]: Int] = [:]

  /// Reads the table at `path`, or none, and adds second lines for a name to `problems`.
  ///
  /// - Throws: `CorpusError.file`, `.notUTF8`.
  init(_ path: String?, _ problems: inout [CorpusError]) throws(CorpusError) {
    guard let path else { return }
    for line in try CorpusText.lines(path) {
      let name = line.parts.first
      guard let place = places[name.bytes] else {
        places[name.bytes] = lines.count
        lines.append(line)
        continue
      }
      let first = lines[place]
      guard first.text.bytes != line.text.bytes else { continue }
      problems.append(
        .duplicateKey(
          path: path, line: line.number, key: name, found: "a second line",
          first: "line \(first.number)"))
    }
  }

  /// What follows `name` in its line.
  subscript(name: String) -> String? { places[name.bytes].map { lines[$0].parts.rest } }
}
