import ArgumentParser
import Foundation
import ParlaFiles

/// Lets language models be made with the command lines of KenLM's and DeepSpeech's documentation.
///
/// lmplz: `lm/builder/lmplz_main.cc`; build_binary: `lm/build_binary_main.cc`; DeepSpeech 0.9.3's
/// `data/lm/generate_lm.py` and `native_client/generate_scorer_package.cpp`.
enum KenLMSpelling {
  /// Normalized `arguments`, with values converted from the spelling of KenLM's programs to ours; options that have
  /// no effect here are reported to `note`.
  ///
  /// - Throws: `ValidationError` for an option that asks for something that the command cannot do.
  static func translated(
    _ arguments: [String], note: (String) -> Void
  ) throws(ValidationError) -> [String] {
    let command = arguments.prefix(2).joined(separator: " ")
    guard let others = otherOptions[command] else { return arguments }
    var result = Array(arguments.prefix(2))
    var rest = arguments.dropFirst(2)
    while let argument = rest.popFirst() {
      let (name, value) = divided(argument, command)
      var values = ([value].compactMap(\.self))[...]
      func take(while isValue: (String) -> Bool, atMost count: Int) {
        while values.count < count, let next = rest.first, isValue(next) {
          values.append(rest.removeFirst())
        }
      }
      switch name {
      case "--":
        result += [argument] + rest
        rest = []
      case "--discount-fallback":
        take(while: isDiscount, atMost: 3)
        result.append("--discount-fallback=" + (values.isEmpty ? "auto" : joined(values)))
      case "--interpolate-unigrams":
        take(while: isTruth, atMost: 1)
        result.append(isOn(values) ? "--interpolate-unigrams" : "--no-interpolate-unigrams")
      case "--force-bytes-output-mode":
        take(while: isTruth, atMost: 1)
        if isOn(values) { result.append("--force-bytes-output-mode") }
      case "--checkpoint" where command == "scorer build":
        take(while: { _ in true }, atMost: 1)
        result.append("--alphabet=" + (values.first ?? "") + "/alphabet.txt")
      case "--temp-prefix",
        "-T" where command == "lm build":
        take(while: { _ in true }, atMost: 1)
        if let prefix = values.first { result.append("--temporary-folder=" + folder(of: prefix)) }
      case "-u" where command == "lm binarize":
        take(while: { _ in true }, atMost: 1)
        result.append("--unknown-log10=" + (values.first ?? ""))
      default:
        guard let other = others[name] else {
          result.append(value.map { "\(name)=\($0)" } ?? name)
          continue
        }
        if other.isRefused {
          throw ValidationError("\(name) cannot be used here: \(other.reason).")
        }
        take(while: { !$0.hasPrefix("-") }, atMost: other.valueCount)
        note("\(name) has no effect here: \(other.reason).")
      }
    }
    return result
  }

  /// The name of the option that `argument` is, whole, and what is joined to it.
  private static func divided(
    _ argument: String, _ command: String
  ) -> (name: String, value: String?) {
    guard argument.hasPrefix("--") else {
      let name = String(argument.prefix(2))
      let isJoined = argument.hasPrefix("-") && argument.count > 2
      guard isJoined, name == "-T" || otherOptions[command]?[name] != nil else {
        return (argument, nil)
      }
      return (name, String(argument.dropFirst(2)))
    }
    let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let name = String(parts[0])
    let whole = longNames.contains(name) ? [] : longNames.filter { $0.hasPrefix(name) }
    return (
      command == "lm build" && name.count > 2 && whole.count == 1 ? whole[0] : name,
      parts.count > 1 ? String(parts[1]) : nil
    )
  }

  /// lmplz's own names, of which Boost takes the beginning, too.
  private static let longNames = """
    order interpolate-unigrams skip-symbols temp-prefix memory minimum-block sort-block block-count \
    vocab-estimate vocab-pad verbose-header text arpa intermediate renumber collapse-values prune \
    limit-vocab-file discount-fallback help
    """.split(separator: " ").map { "--\($0)" }

  /// The folder of files whose names begin with `prefix`.
  private static func folder(of prefix: String) -> String {
    var isFolder: ObjCBool = false
    let isThere = unsafe FileManager.default.fileExists(atPath: prefix, isDirectory: &isFolder)
    if isThere && isFolder.boolValue || prefix.hasSuffix("/") { return prefix }
    return prefix.folderPath.isEmpty ? "." : prefix.folderPath
  }

  private static func joined(_ values: ArraySlice<String>) -> String {
    values.flatMap { $0.split { $0 == " " || $0 == "," } }.joined(separator: ",")
  }

  private static func isDiscount(_ text: String) -> Bool {
    ["auto", "refuse"].contains(text)
      || text.split { $0 == " " || $0 == "," }.allSatisfy { Float($0) != nil }
  }

  private static func isTruth(_ text: String) -> Bool {
    ["true", "false", "1", "0"].contains(text.lowercased())
  }

  private static func isOn(_ values: ArraySlice<String>) -> Bool {
    values.first.map { ["true", "1"].contains($0.lowercased()) } ?? true
  }

  /// An option of another program that ours does not have.
  private struct Other {
    let valueCount: Int
    let reason: String
    var isRefused = false
  }

  private static let memory = "memory is divided automatically; -S sets the total"

  /// By command, options that choose resources that are not needed here, and options that are not supported.
  private static let otherOptions: [String: [String: Other]] = [
    "lm build": [
      "--minimum-block": Other(valueCount: 1, reason: memory),
      "--sort-block": Other(valueCount: 1, reason: memory),
      "--block-count": Other(valueCount: 1, reason: memory),
      "--vocab-estimate": Other(valueCount: 1, reason: memory),
      "--verbose-header": Other(valueCount: 0, reason: "the head of an ARPA file has the counts"),
      "--renumber": Other(valueCount: 0, reason: "it changes intermediate files only"),
      "--collapse-values": Other(
        valueCount: 0,
        reason:
          "probability and backoff are stored separately, which gives sentences the same probabilities"
      ),
      "--intermediate": Other(
        valueCount: 1,
        reason: "write ARPA files with --arpa FILE; `parla lm interpolate --models` mixes those",
        isRefused: true),
    ],
    "lm binarize": [
      "-w": Other(
        valueCount: 1, reason: "the file is always built in memory and written in one go"),
      "-T": Other(valueCount: 1, reason: "no temporary files are written"),
      "-t": Other(valueCount: 1, reason: "no temporary files are written"),
      "-S": Other(valueCount: 1, reason: "the whole model is sorted in memory"),
      "-m": Other(valueCount: 1, reason: "the whole model is sorted in memory"),
      "-r": Other(
        valueCount: 1,
        reason:
          "rest costs from models of lower order are not supported; omit it, sentences get the same probabilities",
        isRefused: true),
    ],
    "scorer build": [
      "--kenlm-bins": Other(valueCount: 1, reason: "KenLM's programs are not needed")
    ],
  ]
}
