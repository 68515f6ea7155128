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

  /// Normalized arguments of `train` and `evaluate` with DeepSpeech's flags as we write them: switches without values, and
  /// without those that have nothing to say here, which are told to `note`.
  ///
  /// Flags: `training/deepspeech_training/util/flags.py`.
  static func translated(_ arguments: [String], note: (String) -> Void) -> [String] {
    guard let command = arguments.first, ["train", "evaluate"].contains(command) else {
      return arguments
    }
    var result = [command]
    var rest = arguments.dropFirst()
    while let argument = rest.popFirst() {
      let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
      guard argument.hasPrefix("--"), argument != "--", let name = parts.first else {
        result.append(argument)
        continue
      }
      let (flag, isNegated) = switchName(name)
      if switches.contains(flag) || switchesWithoutEffect.contains(flag) {
        let value = parts.count > 1 ? parts[1] : truth(rest.first)
        if parts.count == 1, value != nil { rest = rest.dropFirst() }
        let isOn = (value.map { Self.isTrue($0) } ?? true) != isNegated
        if switches.contains(flag) {
          if isOn { result.append(flag) }
        } else {
          note("\(flag) has no effect here.")
        }
      } else if optionsWithoutEffect.contains(name) {
        if parts.count == 1 { rest = rest.dropFirst() }
        note("\(name) has no effect here.")
      } else {
        result.append(argument)
      }
    }
    return result
  }

  /// The switch that `--noNAME` turns off, or `name` itself.
  private static func switchName(_ name: String) -> (name: String, isNegated: Bool) {
    let positive = "--" + name.dropFirst(4)
    let isNegated =
      name.hasPrefix("--no")
      && (switches.contains(positive) || switchesWithoutEffect.contains(positive))
    return isNegated ? (positive, true) : (name, false)
  }

  /// `text`, if it is what DeepSpeech's switches take.
  private static func truth(_ text: String?) -> String? {
    text.flatMap { ["true", "false", "1", "0"].contains($0.lowercased()) ? $0 : nil }
  }

  private static func isTrue(_ text: String) -> Bool { ["true", "1"].contains(text.lowercased()) }

  private static let switches: Set = [
    "--early-stop", "--reduce-lr-on-plateau", "--force-initialize-learning-rate",
    "--reverse-train",
  ]

  /// They choose among TensorFlow's kernels, devices and logs, which are not here.
  private static let switchesWithoutEffect: Set = [
    "--train-cudnn", "--load-cudnn", "--use-cudnn-rnn", "--automatic-mixed-precision",
    "--use-allow-growth", "--log-placement", "--show-progressbar", "--reverse-dev",
    "--reverse-test",
  ]

  private static let optionsWithoutEffect: Set = [
    "--read-buffer", "--cache-for-epochs", "--inter-op-parallelism-threads",
    "--intra-op-parallelism-threads", "--log-level", "--dropout-rate4", "--dropout-rate5",
  ]
}
