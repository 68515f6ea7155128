import ArgumentParser
import ParlaAcousticModel
import ParlaAudio
import ParlaDescriptions
import ParlaFiles
import ParlaModelExchange

/// `parla features`.
struct Features: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "features",
    abstract: "Compute a recording's input features, as a NumPy array.",
    discussion: """
      Examples:

        parla features hello.wav --output hello.npy
        parla features hello.wav --front-end log_mel --set channels=80 \\
          --output hello.npy
        parla features hello.wav --model model.safetensors --output hello.npy

      The first writes [frames, 26] MFCCs, one frame every 20 ms, as DeepSpeech computes them; the third \
      writes what that model is given. The kinds of front ends are \(FrontEndKinds.names.joined(separator: ", ")).
      """)

  @Argument(help: "The recording.", completion: .file())
  var file: String

  @Option(help: ArgumentHelp("Where the array is written.", valueName: "npy"), completion: .file())
  var output: String

  @Option(
    help: ArgumentHelp("The model whose features are computed.", valueName: "file"),
    completion: .file())
  var model: String?

  @Option(
    name: [.customLong("front-end"), .customLong("type")],
    help: ArgumentHelp("The kind of features. (default: mfcc)", valueName: "kind"))
  var frontEnd: String?

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "A setting of the front end, such as channels=80; may be repeated.",
      valueName: "name=value"))
  var settings: [String] = []

  @Option(
    name: [.customLong("sample-rate"), .customLong("audio-sample-rate")],
    help: "Hertz; the recording is resampled to it. (default: 16000)")
  var sampleRate: Int?

  @Option(name: .customLong("feature-win-len"), help: "Window in milliseconds.")
  var window: Int?

  @Option(name: .customLong("feature-win-step"), help: "Step in milliseconds.")
  var step: Int?

  @Option(help: "Frames of context added before and after each frame.")
  var context: Int = 0

  @OptionGroup var kur: KurFeatureOptions

  func validate() throws {
    try kur.validate(type: frontEnd)
    guard model == nil || fields.isEmpty && frontEnd == nil else {
      throw ValidationError(
        "--model: found feature settings in addition, expected only those of the model.")
    }
    if let odd = settings.first(where: { !$0.contains("=") }) {
      throw ValidationError("--set: found \"\(odd)\", expected name=value.")
    }
  }

  /// What was said of the front end.
  private var fields: [String: FieldValue] {
    var fields: [String: FieldValue] = [:]
    for setting in settings {
      let parts = setting.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      fields[String(parts[0])] = .text(String(parts[parts.count - 1]))
    }
    for (name, value) in [("sample_rate", sampleRate), ("window", window), ("step", step)] {
      if let value { fields[name] = .number(Double(value)) }
    }
    return fields
  }

  func run() throws {
    if let features = try kur.features(of: file, type: frontEnd) {
      try write(features)
      return
    }
    let settings =
      try model.map { try ModelSummary(path: $0).features }
      ?? FeatureSettings(
        kind: frontEnd ?? "mfcc",
        fields.merging(["context": .number(Double(context))]) { own, _ in own })
    let waveform = try AudioFile.read(file, sampleRate: settings.sampleRate)
    let features = try FeatureExtractor(settings).features(of: waveform).withContext(
      model == nil ? settings.contextFrameCount : context)
    try write(features)
  }

  private func write(_ features: FeatureMatrix) throws {
    try NumPyArray(shape: [features.frameCount, features.featureCount], values: features.values)
      .write(to: output)
    Terminal.report(
      "\(output): \(features.frameCount) frames of \(features.featureCount) features", on: output)
  }
}
