import Foundation

/// Lets language models be made with the command lines of KenLM's and DeepSpeech's documentation.
///
/// lmplz: `lm/builder/lmplz_main.cc`; build_binary: `lm/build_binary_main.cc`; DeepSpeech 0.9.3's
/// `data/lm/generate_lm.py` and `native_client/generate_scorer_package.cpp`.
enum KenLMSpelling {
  /// Normalized `arguments` with the values that their programs take and ours spells otherwise; options that have
  /// nothing to say here are told to `note`.
  static func translated(_ arguments: [String], note: (String) -> Void) -> [String] {
    let command = arguments.prefix(2).joined(separator: " ")
    guard let withoutEffect = optionsWithoutEffect[command] else { return arguments }
    var result = Array(arguments.prefix(2))
    var rest = arguments.dropFirst(2)
    while let argument = rest.popFirst() {
      let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
      var values = parts.dropFirst()[...]
      func take(while isValue: (String) -> Bool, atMost count: Int) {
        while values.count < count, let next = rest.first, isValue(next) {
          values.append(rest.removeFirst())
        }
      }
      switch parts.first {
      case "--"?:
        result += [argument] + rest
        rest = []
      case "--discount-fallback"?:
        take(while: isDiscount, atMost: 3)
        result.append("--discount-fallback=" + (values.isEmpty ? "auto" : joined(values)))
      case "--interpolate-unigrams"?:
        take(while: isTruth, atMost: 1)
        result.append(isOn(values) ? "--interpolate-unigrams" : "--no-interpolate-unigrams")
      case "--force-bytes-output-mode"?:
        take(while: isTruth, atMost: 1)
        if isOn(values) { result.append("--force-bytes-output-mode") }
      case "--checkpoint"? where command == "scorer build":
        take(while: { _ in true }, atMost: 1)
        result.append("--alphabet=" + (values.first ?? "") + "/alphabet.txt")
      case let name? where withoutEffect[name] != nil:
        take(while: { !$0.hasPrefix("-") }, atMost: withoutEffect[name] ?? 0)
        note("\(name) has no effect here.")
      default: result.append(argument)
      }
    }
    return result
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

  /// By command, options that choose among means which are not needed here, with the number of their values.
  private static let optionsWithoutEffect: [String: [String: Int]] = [
    "lm build": [
      "--minimum-block": 1, "--sort-block": 1, "--block-count": 1, "--vocab-estimate": 1,
      "--verbose-header": 0, "--renumber": 0,
    ],
    "lm binarize": ["-w": 1, "-T": 1, "-S": 1],
    "scorer build": ["--kenlm-bins": 1],
  ]
}
