/// Lets options be written as DeepSpeech writes them: `--train_files` for `--train-files`.
enum OptionSpelling {
  /// `arguments` with the underscores in option names turned into hyphens; values stay as they are.
  static func normalized(_ arguments: [String]) -> [String] {
    var isOption = true
    return arguments.map { argument in
      if argument == "--" { isOption = false }
      guard isOption, argument.hasPrefix("--") else { return argument }
      let end = argument.firstIndex(of: "=") ?? argument.endIndex
      return String(argument[..<end].replacing("_", with: "-") + argument[end...])
    }
  }
}
