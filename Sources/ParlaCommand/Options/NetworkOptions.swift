import ArgumentParser
import ParlaAcousticModel
import ParlaModelDescription
import ParlaTraining

/// The size of the network and how much drops out of it in training.
struct NetworkOptions: ParsableArguments {
  @Option(
    name: [.customLong("model-config"), .customLong("network")],
    help: ArgumentHelp(
      "\(NetworkPreset.allCases.map(\.rawValue).joined(separator: ", ")), or a description in YAML. "
        + "(default: \(NetworkPreset.standard.rawValue))",
      valueName: "name|file"), completion: .file())
  var description: String?

  @Option(
    parsing: .singleValue,
    help: ArgumentHelp(
      "A setting of the description, such as look_ahead=2; may be repeated.",
      valueName: "name=value"))
  var networkSetting: [String] = []

  @Option(help: "Units per hidden layer. (default: DeepSpeech's 2048, 512 of most others)")
  var nHidden: Int?

  @Option(
    help: "Dropout rate of the first layer. (default: 0.05)", transform: finite)
  var dropoutRate: Double?

  @Option(help: "Dropout rate of the second layer. (default: --dropout-rate)", transform: finite)
  var dropoutRate2: Double?

  @Option(help: "Dropout rate of the third layer. (default: --dropout-rate)", transform: finite)
  var dropoutRate3: Double?

  @Option(
    help: "Dropout rate of the layer above the LSTM. (default: --dropout-rate)", transform: finite)
  var dropoutRate6: Double?

  @Option(help: "Maximum output of a hidden unit. (default: 20)", transform: finite)
  var reluClip: Double?

  @Flag(help: "Normalise the output of each dense layer but the last.")
  var layerNorm = false

  @Option(
    help: ArgumentHelp(
      "How often each block of a deep network is skipped in a step, for conformer and wav2vec 2.0. "
        + "(default: the network's)", valueName: "0...1"), transform: finite)
  var layerDrop: Double?

  @Option(
    help: ArgumentHelp(
      "Share of the frames hidden by masks within a wav2vec 2.0 network; --augment masks features of others. "
        + "(default: the network's)", valueName: "0...1"), transform: finite)
  var maskTimeProb: Double?

  @Option(help: "Frames of such a mask. (default: the network's)")
  var maskTimeLength: Int?

  @Option(
    help: ArgumentHelp(
      "The same for the channels of the frames.", valueName: "0...1"), transform: finite)
  var maskFeatureProb: Double?

  @Option(help: "Channels of such a mask. (default: the network's)")
  var maskFeatureLength: Int?

  @Option(
    help: ArgumentHelp(
      "Sample rate of the model in hertz; recordings may have any. (default: 16000)",
      valueName: "hertz"))
  var audioSampleRate: Int?

  @Option(
    help: ArgumentHelp(
      "Window length of a frame. (default: 32)", valueName: "milliseconds"))
  var featureWinLen: Int?

  @Option(
    help: ArgumentHelp("Distance between frames. (default: 20)", valueName: "milliseconds"))
  var featureWinStep: Int?

  func validate() throws {
    if let nHidden, nHidden < 1 {
      throw ValidationError("--n-hidden: found \(nHidden), expected 1 or more.")
    }
    let rates = [
      ("", dropoutRate), ("2", dropoutRate2), ("3", dropoutRate3), ("6", dropoutRate6),
    ]
    for (number, rate) in rates {
      if let rate, !(0..<1).contains(rate), !(number != "" && rate == -1) {
        throw ValidationError("--dropout-rate\(number): found \(rate), expected 0 to below 1.")
      }
    }
    for setting in networkSetting where !setting.dropFirst().contains("=") {
      throw ValidationError("--network-setting: found \(setting), expected NAME=VALUE.")
    }
    if let reluClip, reluClip <= 0 {
      throw ValidationError("--relu-clip: found \(reluClip), expected a number above 0.")
    }
  }

  /// Puts what was asked for in place of the description's own settings, and what it says of training into `configuration`.
  ///
  /// Where no description is named, that of the network counts whose training `configuration` resumes, or that it starts from.
  func apply(to configuration: inout TrainingConfiguration) throws {
    configuration.network.descriptionPath = description
    configuration.network.normalizesLayers = layerNorm
    let settings: [(name: String, option: String, value: String?)] = [
      ("n_hidden", "n-hidden", nHidden.map { "\($0)" }),
      ("relu_clip", "relu-clip", reluClip.map { "\($0)" }),
      ("dropout_rate", "dropout-rate", dropoutRate.map { "\($0)" }),
      ("dropout_rate2", "dropout-rate2", own(dropoutRate2)),
      ("dropout_rate3", "dropout-rate3", own(dropoutRate3)),
      ("dropout_rate6", "dropout-rate6", own(dropoutRate6)),
      ("layer_drop", "layer-drop", layerDrop.map { "\($0)" }),
      ("mask_time_prob", "mask-time-prob", maskTimeProb.map { "\($0)" }),
      ("mask_time_length", "mask-time-length", maskTimeLength.map { "\($0)" }),
      ("mask_feature_prob", "mask-feature-prob", maskFeatureProb.map { "\($0)" }),
      ("mask_feature_length", "mask-feature-length", maskFeatureLength.map { "\($0)" }),
      ("sample_rate", "audio-sample-rate", audioSampleRate.map { "\($0)" }),
      ("window", "feature-win-len", featureWinLen.map { "\($0)" }),
      ("step", "feature-win-step", featureWinStep.map { "\($0)" }),
    ]
    for (name, option, value) in settings {
      configuration.network.settings[name] = value
      configuration.network.settingOrigins[name] = "--\(option)"
    }
    for setting in networkSetting {
      let parts = setting.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      configuration.network.settings[String(parts[0])] = String(parts[1])
      configuration.network.settingOrigins[String(parts[0])] = "--network-setting \(parts[0])"
    }
    let recipe: TrainingRecipe?
    do {
      recipe =
        try description.map {
          try TrainingRecipe(ModelFile(network: $0), settings: configuration.network.settings)
        } ?? TrainingRecipe(unnamedNetworkOf: configuration)
    } catch let error as ModelError { throw configuration.network.naming(error) }
    recipe?.apply(to: &configuration)
  }

  /// DeepSpeech's -1 means the size of the first layer.
  private func own(_ rate: Double?) -> String? { rate.flatMap { $0 == -1 ? nil : "\($0)" } }
}
