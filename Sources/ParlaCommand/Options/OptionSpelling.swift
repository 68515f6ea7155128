import ArgumentParser

/// Lets options be written as DeepSpeech writes them: `--train_files` for `--train-files`.
enum OptionSpelling {
  /// `arguments` with the underscores in option names turned into hyphens, and with numbers below zero joined to the option that
  /// they are the value of (`--lm-beta=-0.5` for `--lm-beta -0.5`), since they look like options; other values stay as they are.
  static func normalized(_ arguments: [String]) -> [String] {
    var isOption = true
    return arguments.reduce(into: []) { result, argument in
      if argument == "--" { isOption = false }
      guard isOption else { return result.append(argument) }
      guard argument.hasPrefix("--") else {
        guard let last = result.last, isNegative(argument), lacksValue(last) else {
          return result.append(argument)
        }
        result[result.endIndex - 1] += "=\(argument)"
        return
      }
      let end = argument.firstIndex(of: "=") ?? argument.endIndex
      result.append(String(argument[..<end].map { $0 == "_" ? "-" : $0 }) + argument[end...])
    }
  }

  private static func isNegative(_ argument: String) -> Bool {
    argument.hasPrefix("-") && Double(argument) != nil
  }

  private static func lacksValue(_ argument: String) -> Bool {
    argument.hasPrefix("--") && argument != "--" && !argument.contains("=")
  }

  /// Normalized arguments of a command that replaces one of DeepSpeech's programs, with its flags in our spelling; flags
  /// without effect here are reported to `note`.
  ///
  /// Empty values, and the explanations in angle brackets that DeepSpeech has for some, count as not passed.
  ///
  /// - Throws: `ValidationError` for a flag that asks for something that the command cannot do.
  static func translated(
    _ arguments: [String], note: (String) -> Void
  ) throws(ValidationError) -> [String] {
    guard let first = arguments.first, let command = DeepSpeechFlag.Command(rawValue: first) else {
      return arguments
    }
    var result = [first]
    var rest = arguments.dropFirst()
    while let argument = rest.popFirst() {
      if argument == "--" { return result + [argument] + rest }
      guard let found = flag(argument, of: command) else {
        result.append(argument)
        continue
      }
      if found.kind == .repeated, found.value == nil {
        let values = rest.prefix { !$0.hasPrefix("--") }
        rest = rest.dropFirst(values.count)
        result += values.map { "--\(found.name)=\($0)" }
        if values.isEmpty { result.append(argument) }
        continue
      }
      let value = found.value ?? values(of: found, command, &rest)
      switch found.meaning {
      case .same: write(found, found.name, try checked(value, of: found), to: &result)
      case .renamed(let name): write(found, name, try checked(value, of: found), to: &result)
      case .noEffect(let reason): note("--\(found.name) has no effect here: \(reason).")
      case .refused(let advice):
        if value == "" { continue }
        throw ValidationError("--\(found.name) cannot be used here: \(advice).")
      }
    }
    return result
  }

  private struct Found {
    let name: String
    let kind: DeepSpeechFlag.Kind
    let meaning: DeepSpeechFlag.Meaning
    let isNegated: Bool
    /// The text after `=`.
    let value: String?
  }

  /// The flag of DeepSpeech that `argument` is, if it is one.
  private static func flag(_ argument: String, of command: DeepSpeechFlag.Command) -> Found? {
    // absl takes one hyphen for two.
    guard argument.hasPrefix("-"), argument.count > 1 else { return nil }
    let parts = argument.drop { $0 == "-" }.split(
      separator: "=", maxSplits: 1, omittingEmptySubsequences: false
    ).map(String.init)
    guard var name = parts.first else { return nil }
    if !argument.hasPrefix("--") { name.replace("_", with: "-") }
    let positive = name.hasPrefix("no") ? String(name.dropFirst(2)) : name
    for (name, isNegated) in [(name, false), (positive, true)] {
      guard let flag = DeepSpeechFlag.all[name], let meaning = flag.meanings[command],
        !isNegated || flag.kind == .toggle
      else { continue }
      return Found(
        name: name, kind: flag.kind, meaning: meaning, isNegated: isNegated,
        value: parts.count > 1 ? parts[1] : nil)
    }
    return nil
  }

  /// Takes the values of `flag` from what follows it; nil when none does.
  private static func values(
    of flag: Found, _ command: DeepSpeechFlag.Command, _ rest: inout ArraySlice<String>
  ) -> String? {
    guard let next = rest.first, !next.hasPrefix("--") else { return nil }
    switch flag.kind {
    case .value, .repeated: return rest.popFirst()
    case .toggle:
      // A separate value can be nothing else, except where a command takes files.
      let isValue = truth(next) != nil || (command != .transcribe && !next.hasPrefix("-"))
      return isValue ? rest.popFirst() : nil
    case .list:
      let values = rest.prefix { !$0.hasPrefix("--") }
      rest = rest.dropFirst(values.count)
      return values.joined(separator: ",")
    }
  }

  /// Yes or no, in any of absl's and Python's spellings; nil for anything else.
  private static func truth(_ text: String) -> Bool? {
    switch text.lowercased() {
    case "true", "t", "1", "yes", "y", "on": true
    case "false", "f", "0", "no", "n", "off": false
    default: nil
    }
  }

  private static func checked(_ value: String?, of flag: Found) throws(ValidationError) -> String? {
    guard flag.kind == .toggle, let value, truth(value) == nil else { return value }
    throw ValidationError("--\(flag.name): found \"\(value)\", expected true, false or nothing.")
  }

  /// Adds the flag by its `name` here; as in absl, the last of several counts.
  private static func write(
    _ flag: Found, _ name: String, _ value: String?, to result: inout [String]
  ) {
    guard flag.kind == .toggle else {
      guard let value else {
        result.append("--\(name)")
        return
      }
      let isPassed = !value.isEmpty && !(value.hasPrefix("<") && value.hasSuffix(">"))
      if isPassed { result.append("--\(name)=\(value)") }
      return
    }
    result.removeAll { ["--\(name)", "--no-\(name)"].contains($0) }
    let isOn = (value.flatMap(truth) ?? true) != flag.isNegated
    if isOn {
      result.append("--\(name)")
    } else if name == "export-quantize" {
      result.append("--no-\(name)")
    }
  }
}
