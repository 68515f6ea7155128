import Foundation
import ParlaFiles

/// A data folder of Kaldi: `wav.scp`, `text`, and where there are `segments` and `utt2spk`.
///
/// Kaldi's "Data preparation" defines the files. Entries of `wav.scp` that are commands are not run: of those that only unpack one
/// recording (`flac`, `sph2pipe`, `sox`, `ffmpeg`, `cat` before a bar) the recording is read.
enum KaldiForm: CorpusForm {
  static let name = "kaldi"
  static let summary = "Kaldi data folder: wav.scp, text, segments, utt2spk"

  static func recognizes(_ place: CorpusPlace) -> Bool {
    place.isFolder && place.file("wav.scp") != nil
  }

  static func read(_ place: CorpusPlace) throws(CorpusError) -> CorpusContent {
    var content = CorpusContent()
    let recordings = try recordings(place)
    let passages = try place.file("segments").map { path throws(CorpusError) in
      try segments(path, &content.problems)
    }
    let speakers = try table(place.file("utt2spk"))
    func sample(_ utterance: String, _ text: String, _ path: String, _ line: Int) {
      let passage = passages?[utterance]
      guard let audio = recordings[passage?.recording ?? utterance] else {
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
          transcript: text, speaker: speakers[utterance]?.rest, line: line,
          otherColumns: ["id": utterance]))
    }
    if let path = place.file("text") {
      for line in try CorpusText.lines(path) {
        sample(line.parts.first, line.parts.rest, path, line.number)
      }
    } else {
      content.unlabelled = .missingFile(folder: place.path, name: "text")
      let names = passages.map { Array($0.keys) } ?? Array(recordings.keys)
      for name in names.sorted() { sample(name, "", place.path.appendingName("wav.scp"), 0) }
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
  ) throws(CorpusError) -> [String: Passage] {
    var passages: [String: Passage] = [:]
    for line in try CorpusText.lines(path) {
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
      passages[words[0]] = Passage(
        recording: words[1], start: start, duration: end == -1 ? nil : end - start)
    }
    return passages
  }

  private static func table(
    _ path: String?
  ) throws(CorpusError) -> [String: (rest: String, line: Int)] {
    guard let path else { return [:] }
    var entries: [String: (rest: String, line: Int)] = [:]
    for line in try CorpusText.lines(path) {
      entries[line.parts.first] = (line.parts.rest, line.number)
    }
    return entries
  }

  private static func recordings(_ place: CorpusPlace) throws(CorpusError) -> [String: String] {
    let path = place.path.appendingName("wav.scp")
    var recordings: [String: String] = [:]
    for (name, entry) in try table(path) {
      guard let audio = recording(entry.rest, in: place.path) else {
        throw .command(path: path, line: entry.line, command: entry.rest)
      }
      recordings[name] = audio
    }
    return recordings
  }

  // MARK: Names of recordings

  /// The address of what Kaldi calls an extended file name; nil for a command that is not understood.
  private static func recording(_ name: String, in folder: String) -> String? {
    guard name.hasSuffix("|") else { return plain(name, in: folder) }
    let words = name.dropLast().split(whereSeparator: \.isWhitespace).map {
      $0.trimmingCharacters(in: CharacterSet(charactersIn: "'\""))
    }
    let programs = ["flac", "sph2pipe", "sox", "ffmpeg", "cat", "gzip", "zcat"]
    guard let program = words.first?.fileName, programs.contains(program),
      !name.dropLast().contains("|"), !words.contains("trim"), !words.contains("speed")
    else { return nil }
    let sounds = words.dropFirst().filter { !$0.hasPrefix("-") && hasSoundName($0) }
    guard sounds.count == 1 else { return nil }
    let channel = words.firstIndex(of: "-c").flatMap {
      words.indices.contains($0 + 1) ? Int(words[$0 + 1]) : nil
    }
    let recording = plain(sounds[0], in: folder)
    guard program == "sph2pipe", let channel, channel > 0 else { return recording }
    return SoundPlace.passage(recording, from: 0, lasting: nil, channel: channel - 1)
  }

  private static func hasSoundName(_ word: String) -> Bool {
    ["wav", "flac", "sph", "mp3", "ogg", "opus", "m4a", "wv1", "wv2", "aiff", "au"].contains(
      word.fileExtension.lowercased())
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
      var seen: [String: String] = [:]
      let passages = try durations(of: samples, name)
      let hasPassages = passages.contains { $0.start != nil }
      for ((sample, id), passage) in zip(zip(samples, ids), passages) {
        files.speakers.append("\(id) \(speaker(of: sample) ?? id)")
        if style.hasTranscripts { files.text.append("\(id) \(sample.transcript)") }
        guard hasPassages else {
          files.scp.append("\(id) \(passage.file)")
          continue
        }
        let recording = seen[passage.file] ?? "recording-\(seen.count + 1)"
        if seen.updateValue(recording, forKey: passage.file) == nil {
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
