import Foundation
import ParlaAudio
import ParlaFiles

/// Tar archives of recordings with their texts, as WebDataset has them: files that differ in what follows the first dot belong together.
///
/// WebDataset 0.2, "The WebDataset Format": `a.wav` with `a.txt`, or with `a.json` that has `text`; several archives in a folder or
/// written `clips-{000..063}.tar`. An archive with `samples.csv`, as DeepSpeech's `data_set_tool` makes it, is read by that.
enum TarShardForm: CorpusForm {
  static let name = "tar"
  static let summary = "tar shards (WebDataset): recordings, each with a .txt or .json"

  static func recognizes(_ place: CorpusPlace) -> Bool {
    guard !place.isFolder else { return !shards(in: place).isEmpty }
    return TarFile.isOne(place.head)
      || place.path.fileExtension.lowercased() == "tar" && TarFile.isEmpty(place.head)
  }

  private static func shards(in place: CorpusPlace) -> [String] {
    let names = place.names.filter { $0.fileExtension.lowercased() == "tar" }
    return names.map { place.path.appendingName($0) }
  }

  static func read(_ place: CorpusPlace) throws(CorpusError) -> CorpusContent {
    var content = CorpusContent()
    let paths = place.isFolder ? shards(in: place) : expanded(place.path)
    for path in paths {
      let look = try CorpusPlace(path)
      guard !look.isPacked else {
        throw .damaged(
          path: path,
          reason: "it is compressed, and single recordings cannot be reached: unpack it with gunzip"
        )
      }
      guard !TarFile.isEmpty(look.head) else { throw .noRecordings(path: path, names: []) }
      guard TarFile.isOne(look.head) else { throw .damaged(path: path, reason: "it is no tar") }
      content.add(try Shard(path).content())
    }
    return content
  }

  /// The paths that `path` expands to: `{000..012}` counts, with leading zeros.
  static func expanded(_ path: String) -> [String] {
    guard let match = path.firstMatch(of: /\{([0-9]{1,9})\.\.([0-9]{1,9})\}/),
      !FileManager.default.fileExists(atPath: path),
      let first = Int(match.output.1), let last = Int(match.output.2), first <= last,
      last - first < 1_000_000
    else { return [path] }
    let width = match.output.1.count
    return (first...last).map { number in
      let digits = String(number)
      let padded = String(repeating: "0", count: max(0, width - digits.count)) + digits
      return String(path[..<match.range.lowerBound]) + padded + path[match.range.upperBound...]
    }
  }

  // MARK: Reading

  private struct Shard {
    let path: String
    let members: [TarFile.Member]

    init(_ path: String) throws(CorpusError) {
      self.path = path
      members = try TarFile(path).members.filter { !$0.name.fileName.hasPrefix(".") }
      // A second member replaces the first where it is unpacked, and WebDataset refuses it.
      var names: Set<[UInt8]> = []
      for member in members where !names.insert(member.name.bytes).inserted {
        throw .duplicateKey(
          path: path, line: 0, key: member.name, found: "a second file", first: "the first")
      }
    }

    func content() throws(CorpusError) -> CorpusContent {
      if let list = members.first(where: { $0.name == "samples.csv" }) { return try listed(list) }
      var order: [String] = []
      var groups: [[UInt8]: [String: TarFile.Member]] = [:]
      var content = CorpusContent()
      for member in members {
        let (key, kind) = Self.parts(of: member.name)
        if groups[key.bytes] == nil { order.append(key) }
        let files = groups[key.bytes] ?? [:]
        let isSound = AudioFile.isSoundExtension(kind)
        let other = files.first { $0.key == kind || isSound && AudioFile.isSoundExtension($0.key) }
        if let other {
          content.problems.append(
            .duplicateKey(
              path: path, line: 0, key: key, found: member.name, first: other.value.name))
        }
        groups[key.bytes, default: [:]][kind] = member
      }
      for key in order {
        let files = groups[key.bytes] ?? [:]
        guard let member = files.first(where: { AudioFile.isSoundExtension($0.key) })?.value
        else { continue }
        let label = try label(files)
        if label.text == nil {
          content.unlabelled = content.unlabelled ?? .missingFile(folder: path, name: "\(key).txt")
        }
        content.samples.append(
          Sample(
            audioPath: address(member), fileSize: member.bytes.count, transcript: label.text ?? "",
            speaker: label.speaker, otherColumns: ["id": key]))
      }
      guard !content.samples.isEmpty else {
        throw .noRecordings(path: path, names: members.map(\.name))
      }
      return content
    }

    /// The name up to the first dot after the last slash, and what follows the dot.
    private static func parts(of name: String) -> (key: String, kind: String) {
      let file = name.fileName
      guard let dot = file.firstIndex(of: ".") else { return (name, "") }
      let folder = name.folderPath
      return (
        folder.appendingName(String(file[..<dot])), file[file.index(after: dot)...].lowercased()
      )
    }

    private struct Description: Decodable {
      let text: TextOrWords?
      let transcription: String?
      let sentence: String?
      let speaker: NameOrNumber?
    }

    private func label(
      _ files: [String: TarFile.Member]
    ) throws(CorpusError) -> (text: String?, speaker: String?) {
      var text: String?
      for kind in ["txt", "text", "transcript"] {
        guard let member = files[kind] else { continue }
        guard let found = String(validating: try bytes(member), as: UTF8.self) else {
          throw .damaged(path: "\(path)/\(member.name)", reason: "it is not UTF-8 text")
        }
        text = found.trimmingCharacters(in: .whitespacesAndNewlines)
        break
      }
      guard let member = files["json"] else { return (text, nil) }
      let content = try bytes(member)
      guard let description = try? JSONDecoder().decode(Description.self, from: content) else {
        guard text != nil else {
          throw .damaged(path: "\(path)/\(member.name)", reason: "it is no JSON object with texts")
        }
        return (text, nil)
      }
      return (
        text ?? description.text?.joined ?? description.transcription ?? description.sentence,
        description.speaker?.text
      )
    }

    private func listed(_ list: TarFile.Member) throws(CorpusError) -> CorpusContent {
      let places = Dictionary(members.map { ($0.name.bytes, $0) }, uniquingKeysWith: { $1 })
      let name = "\(path)/\(list.name)"
      return try CSVForm.content(try bytes(list), path: name) { audio throws(CorpusError) in
        guard let member = places[audio.bytes] else {
          throw .badEntry(
            path: name, line: 0, found: "\(audio), which is not in the archive",
            expected: "recordings of the archive")
        }
        return address(member)
      }
    }

    private func address(_ member: TarFile.Member) -> String {
      var address = SoundAddress(path: path)
      address.bytes = member.bytes
      address.name = member.name.fileName
      return address.description
    }

    private func bytes(_ member: TarFile.Member) throws(CorpusError) -> Data {
      do {
        let handle = try FileContent.handle(path)
        defer { try? handle.close() }
        try handle.seek(toOffset: UInt64(member.bytes.lowerBound))
        return try handle.read(upToCount: member.bytes.count) ?? Data()
      } catch {
        throw .file(.unreadable(path: path, reason: systemReason(error)))
      }
    }
  }

  // MARK: Writing

  static func writer(_ path: String, _ style: CorpusStyle) throws(CorpusError) -> any CorpusWriter {
    try Writer(path, style)
  }

  private final class Writer: CorpusWriter {
    let holdsSound = true
    private let path: String
    private let style: CorpusStyle
    private let folder: TargetFolder
    private var file: PendingFile
    private var count = 0

    init(_ path: String, _ style: CorpusStyle) throws(CorpusError) {
      self.path = path
      self.style = style
      folder = try TargetFolder(of: path)
      do { file = try PendingFile(replacing: path) } catch { throw .file(error) }
    }

    private struct Description: Encodable {
      let text: String?
      let speaker: String?
      let other: [String: String]
    }

    func add(_ sample: Sample, _ content: RecordingContent?) throws(CorpusError) {
      let number = String(count)
      let key = "sample" + String(repeating: "0", count: max(0, 8 - number.count)) + number
      count += 1
      guard let content else { throw .needsSound(recording: sample.audioPath, form: name) }
      try write(content.bytes, as: "\(key).\(content.fileExtension)")
      if style.hasTranscripts { try write(Array(sample.transcript.utf8), as: "\(key).txt") }
      guard sample.speaker != nil || !sample.otherColumns.isEmpty else { return }
      let line = try JSONLines.line(
        Description(
          text: style.hasTranscripts ? sample.transcript : nil, speaker: sample.speaker,
          other: sample.otherColumns))
      try write(Array(line.utf8), as: "\(key).json")
    }

    private func write(_ bytes: [UInt8], as name: String) throws(CorpusError) {
      let (header, padding) = TarFile.entry(name, size: bytes.count)
      do { try file.append(Data(header + bytes + padding)) } catch { throw .file(error) }
    }

    func finish() throws(CorpusError) {
      do {
        try file.append(Data(TarFile.end))
        try file.commit()
      } catch { throw .file(error) }
    }
  }
}
