/// Finds the options of a command line that have no effect in combination with the others.
///
/// One place for all commands: it looks at what was typed, since a default value is no mistake.
enum OptionEffects {
  /// Options of a command that only work together with others.
  private struct Rule {
    let command: String
    let options: [String]
    /// One of these must be present, with its value if only one is valid; none means any.
    var needed: [String] = []
    /// This must not.
    var excluded: String?
  }

  /// A sentence for each option of `arguments`, in our spelling, that has no effect.
  static func notes(_ arguments: [String]) -> [String] {
    let typed = values(arguments)
    var told: Set<String> = []
    return rules.filter { arguments.first == $0.command }.compactMap { rule in
      let given = rule.options.filter { typed[$0] != nil && !told.contains($0) }
      guard !given.isEmpty else { return nil }
      let verb = list(given, "and") + (given.count == 1 ? " has" : " have")
      var note: String?
      if let excluded = rule.excluded, isThere(excluded, typed) {
        note = "\(verb) no effect with \(excluded)."
      } else if !rule.needed.isEmpty, !rule.needed.contains(where: { isThere($0, typed) }) {
        note = "\(verb) no effect without \(list(rule.needed, "or"))."
      }
      if note != nil { told.formUnion(given) }
      return note
    }
  }

  private static func isThere(_ needed: String, _ typed: [String: String]) -> Bool {
    let parts = needed.split(separator: " ", maxSplits: 1).map(String.init)
    guard let value = typed[parts[0]] else { return defaults.contains(needed) }
    return parts.count == 1 || value == parts[1]
  }

  private static func list(_ options: [String], _ conjunction: String) -> String {
    guard let last = options.last, options.count > 1 else { return options.joined() }
    return options.dropLast().joined(separator: ", ") + " \(conjunction) " + last
  }

  /// Each option that was typed, with its value if it has one.
  private static func values(_ arguments: [String]) -> [String: String] {
    var values: [String: String] = [:]
    for (index, argument) in arguments.enumerated() {
      if argument == "--" { break }
      guard argument.hasPrefix("--") else { continue }
      let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
      let next = index + 1 < arguments.count ? arguments[index + 1] : ""
      values[parts[0]] = parts.count > 1 ? parts[1] : next
    }
    return values
  }

  /// The defaults.
  private static let defaults: Set = ["--optimizer adam"]

  private static func options(_ names: String) -> [String] {
    names.split(separator: " ").map { "--\($0)" }
  }

  private static let rules = general + ofDecoders + ofAlphabets

  private static let ofDecoders: [Rule] =
    ["decode", "evaluate", "transcribe", "listen", "train"].flatMap { command in
      [
        Rule(command: command, options: ["--cutoff-top-n"], needed: ["--cutoff-prob"]),
        Rule(
          command: command, options: ["--beam-width", "--cutoff-prob", "--cutoff-top-n"],
          excluded: "--greedy"),
      ]
    }

  private static let ofAlphabets: [Rule] =
    ["evaluate", "transcribe", "export", "train"].flatMap { command in
      ["--bytes-output-mode", "--utf8"].map { bytes in
        Rule(
          command: command, options: ["--alphabet", "--alphabet-config-path"], excluded: bytes)
      }
    }

  private static let general: [Rule] = [
    Rule(
      command: "train",
      options: options(
        """
        dev-files metrics-files n-hidden dropout-rate dropout-rate2 dropout-rate3 dropout-rate6 \
        relu-clip layer-norm audio-sample-rate feature-win-len feature-win-step epochs learning-rate \
        beta1 beta2 epsilon weight-decay optimizer momentum schedule average max-minutes random-seed \
        train-batch-size batch-size dev-batch-size \
        limit-train limit-dev feature-cache early-stop es-epochs es-min-delta reduce-lr-on-plateau \
        plateau-epochs plateau-reduction force-initialize-learning-rate reverse-train augment \
        load-train drop-source-layers drop-layers keep-layers freeze-layers \
        thaw-after layer-learning-rates checkpoint-secs checkpoint-minutes checkpoint-steps \
        max-to-keep summary-dir
        """), needed: ["--train-files"]),
    Rule(
      command: "train",
      options: options(
        """
        export-file-name export-format format export-tflite quantize no-quantize export-quantize \
        no-export-quantize export-beam-width export-author-id export-model-name \
        export-model-version export-contact-info export-license export-language \
        export-description
        """), needed: ["--export-dir"]),
    Rule(
      command: "train",
      options: options(
        """
        beam-width greedy cutoff-prob cutoff-top-n phrases grammar scorer scorer-path lm-alpha \
        lm-beta hot-words unknown-word-penalty
        """), needed: ["--test-files", "--one-shot-infer"]),
    Rule(command: "train", options: ["--report-count"], needed: ["--test-files"]),
    Rule(
      command: "train", options: ["--load-evaluate"],
      needed: ["--test-files", "--export-dir", "--one-shot-infer"]),
    Rule(
      command: "train", options: ["--beta1", "--beta2"],
      needed: ["--optimizer adam", "--optimizer adamw"]),
    Rule(
      command: "train", options: ["--epsilon"],
      needed: [
        "--optimizer adam", "--optimizer adamw", "--optimizer rmsprop", "--optimizer adadelta",
      ]),
    Rule(command: "train", options: ["--es-epochs"], needed: ["--early-stop"]),
    Rule(
      command: "train", options: ["--es-min-delta"],
      needed: ["--early-stop", "--reduce-lr-on-plateau"]),
    Rule(
      command: "train", options: ["--plateau-epochs", "--plateau-reduction"],
      needed: ["--reduce-lr-on-plateau"]),
    Rule(
      command: "train", options: ["--test-output-file", "--test-batch-size", "--limit-test"],
      needed: ["--test-files"]),
    Rule(command: "train", options: ["--limit-dev", "--best-by"], needed: ["--dev-files"]),
    Rule(
      command: "train", options: ["--dev-batch-size"],
      needed: ["--dev-files", "--metrics-files"]),
    Rule(
      command: "train", options: ["--thaw-after"],
      needed: ["--freeze-layers", "--load-checkpoint-dir"]),
    Rule(command: "transcribe", options: ["--overwrite"], needed: ["--output"]),
    Rule(command: "decode", options: ["--words"], needed: ["--json"]),
    Rule(command: "decode", options: ["--frame-step"], needed: ["--words"]),
  ]
}
