import Foundation
import ParlaFiles

/// The recordings of a speech corpus as `speech_recognition` finds them.
///
/// A package is a folder, or an archive of one, with a file of JSON lines of any name and the folder `audio` next to it. Each line
/// has `uuid` (the recording's name without its extension), `duration_s` and the texts. Another toolkit's table works as well.
struct SpeechPackage {
  /// The recordings whose durations are wanted, in the order of the file.
  let entries: [SpeechEntry]

  static let settingNames = DataPackage.settingNames + ["unpack", "min_duration", "max_duration"]

  /// The endings of recordings, those of Kur first.
  private static let endings = [
    "wav", "mp3", "flac", "ogg", "opus", "oga", "aiff", "au", "caf", "sph", "g722",
  ]

  /// Finds the entries with the texts `keys`.
  ///
  /// - Throws: `KurError`, and what befalls archives and downloads.
  init(_ settings: KurSettings, keys: [String], _ services: KurServices) throws {
    let package = try DataPackage.find(settings, services)
    let table = try Self.table(package, settings, services)
    let found =
      table.fileExtension.lowercased() == "jsonl"
      ? try Self.read(table, keys: keys, services) : try services.readTable(table)
    let least = try settings.number("min_duration") ?? 0
    let most = try settings.number("max_duration") ?? 0
    let wanted = found.filter { entry in
      (least == 0 || entry.duration >= least) && (most == 0 || entry.duration <= most)
    }
    entries = wanted
  }

  /// The path of the recording that is at `path` with some ending.
  static func recording(_ path: String) -> String? {
    if FileManager.default.fileExists(atPath: path) { return path }
    return endings.lazy.map { "\(path).\($0)" }.first {
      FileManager.default.fileExists(atPath: $0)
    }
  }

  // MARK: - Finding the table

  private static func table(
    _ package: DataPackage, _ settings: KurSettings, _ services: KurServices
  ) throws -> String {
    if package.isFolder { return try jsonLines(in: package.path) }
    let path = package.path
    if ["jsonl", "csv", "tsv"].contains(path.fileExtension.lowercased()) { return path }
    guard settings.flag("unpack") ?? true else {
      throw settings.problem(
        "unpack", "no for the archive \(path)", "yes; recordings are read from unpacked packages")
    }
    let files = try services.unpack(path, path.folderPath.isEmpty ? "." : path.folderPath)
    guard let table = files.first(where: isJSONLines) else {
      throw KurError.data(
        path: path, problem: "found no file of JSON lines (.jsonl) inside, expected one")
    }
    return table
  }

  private static func isJSONLines(_ path: String) -> Bool {
    path.fileExtension.lowercased() == "jsonl" && !path.fileName.hasPrefix(".")
  }

  /// The first file of JSON lines in `folder`, those at the top before those further down.
  private static func jsonLines(in folder: String) throws(KurError) -> String {
    let names: [String]
    do {
      // A link to a folder is not gone through by itself.
      names = try FileManager.default.subpathsOfDirectory(atPath: folder + "/")
    } catch {
      throw .file(.unreadable(path: folder, reason: systemReason(error)))
    }
    let found = names.filter(isJSONLines).min { first, second in
      let depths = [first, second].map { $0.count { $0 == "/" } }
      return depths[0] == depths[1] ? first < second : depths[0] < depths[1]
    }
    guard let found else {
      throw .data(path: folder, problem: "found no file of JSON lines (.jsonl), expected one")
    }
    return folder.appendingName(found)
  }

  // MARK: - Reading it

  private static func read(
    _ path: String, keys: [String], _ services: KurServices
  ) throws(KurError) -> [SpeechEntry] {
    let folder = path.folderPath.appendingName("audio")
    var entries: [SpeechEntry] = []
    var badLines: [Int] = []
    var firstProblem = ""
    for (number, line) in try KurText.lines(path) {
      do {
        entries.append(try entry(line, path: path, folder: folder, keys: keys))
      } catch {
        if badLines.isEmpty { firstProblem = "\(error)" }
        badLines.append(number)
      }
    }
    guard badLines.count <= entries.count else {
      throw .data(
        path: path,
        problem: "found \(badLines.count) bad lines among "
          + "\(badLines.count + entries.count), the first of them line \(badLines[0]) "
          + "(\(firstProblem)), expected uuid, duration_s and \(keys.joined(separator: ", "))")
    }
    if !badLines.isEmpty {
      services.note(
        "\(path): left out \(badLines.count) bad lines, the first of them line \(badLines[0]): "
          + firstProblem)
    }
    return entries
  }

  private static func entry(
    _ line: String, path: String, folder: String, keys: [String]
  ) throws(KurError) -> SpeechEntry {
    let value = try JSONText.value(of: line, path: path)
    guard let fields = value.dictionary else {
      throw .data(path: path, problem: "found a \(value.typeName), expected an object")
    }
    for name in keys + ["duration_s", "uuid"] where fields[name] == nil {
      throw .data(path: path, problem: "found no \(name)")
    }
    guard let name = fields["uuid"]?.string, let duration = fields["duration_s"]?.number?.double
    else {
      throw .data(path: path, problem: "uuid is no text, or duration_s no number")
    }
    var texts: [String: PythonValue] = [:]
    for key in keys { texts[key] = fields[key] }
    return SpeechEntry(path: folder.appendingName(name), texts: texts, duration: duration)
  }
}
