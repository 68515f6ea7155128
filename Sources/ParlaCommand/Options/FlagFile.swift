import ArgumentParser
import Foundation
import ParlaFiles

/// Reads `--flagfile`: a file with one flag per line, such as the `flags.txt` that DeepSpeech leaves next to checkpoints.
///
/// The format is absl's (`absl/flags/_flagvalues.py`, `read_flags_from_files`): empty lines and lines that begin with `#` or `//`
/// are ignored, each other line is one argument, and files may name others.
enum FlagFile {
  /// `arguments`, not normalized, with the flags of the files in place of the files' names; flags in a file that have no effect here
  /// are reported to `note` in one sentence.
  ///
  /// - Throws: `ValidationError` for a file that cannot be read, or has other content.
  static func expanded(
    _ arguments: [String], note: (String) -> Void
  ) throws(ValidationError) -> [String] {
    guard let first = arguments.first, let command = DeepSpeechFlag.Command(rawValue: first),
      DeepSpeechFlag.all["flagfile"]?.meanings[command] != nil
    else { return arguments }
    var result = [first]
    var rest = arguments.dropFirst()
    while let argument = rest.popFirst() {
      if argument == "--" { return result + [argument] + rest }
      guard let path = path(in: argument, &rest) else {
        result.append(argument)
        continue
      }
      var idle: [String] = []
      let flags = try OptionSpelling.translated(
        [first] + OptionSpelling.normalized(try lines(of: path, inside: []))
      ) { idle.append($0) }
      result += flags.dropFirst()
      let names = idle.compactMap { $0.split(separator: " ").first }
      if !names.isEmpty {
        note("\(path): without effect here: \(names.joined(separator: ", ")).")
      }
    }
    return result
  }

  /// The file that `argument` names, perhaps with the one after it.
  private static func path(in argument: String, _ rest: inout ArraySlice<String>) -> String? {
    let name = argument.drop { $0 == "-" }
    guard argument.hasPrefix("-"), name.hasPrefix("flagfile") else { return nil }
    if name == "flagfile" { return rest.popFirst() }
    return name.hasPrefix("flagfile=") ? String(name.dropFirst("flagfile=".count)) : nil
  }

  private static func lines(
    of path: String, inside files: [String]
  ) throws(ValidationError) -> [String] {
    guard !files.contains(path) else {
      throw ValidationError(
        "--flagfile \(path): the file includes itself, expected flags. Remove that line.")
    }
    let text: String
    do { text = try FileContent.text(path) } catch {
      throw ValidationError(
        "--flagfile \(path): cannot be read: \(error.reason). Check the path, or write its flags out."
      )
    }
    var flags: [String] = []
    for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .enumerated()
    {
      let line = line.trimmingCharacters(in: .whitespaces)
      guard !line.isEmpty, !line.hasPrefix("#"), !line.hasPrefix("//") else { continue }
      guard line.hasPrefix("-") else {
        throw ValidationError(
          "--flagfile \(path):\(index + 1): found \"\(line.prefix(40))\", expected a flag such as --epochs=3."
        )
      }
      var none: ArraySlice<String> = []
      if let other = Self.path(in: line, &none) {
        flags += try lines(of: other, inside: files + [path])
      } else {
        flags.append(line)
      }
    }
    return flags
  }
}
