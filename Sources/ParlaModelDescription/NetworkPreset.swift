public import ParlaAcousticModel
import ParlaDescriptions
import ParlaFiles

/// The preset networks; a new one is one case here and one file in `Presets`.
public enum NetworkPreset: String, Sendable, CaseIterable {
  /// The network of Mozilla's DeepSpeech.
  case deepspeech
  /// Convolutions, recurrent layers with batch normalisation, row convolution.
  case deepspeech2
  /// For live sound: strided convolutions, residual LSTM layers, a little look-ahead.
  case streaming
  /// Blocks of attention and convolution.
  case conformer

  /// The default.
  public static let standard = NetworkPreset.deepspeech

  /// Its description.
  public var file: ModelFile {
    let yaml =
      switch self {
      case .deepspeech: PackageResources.deepspeech_yaml
      case .deepspeech2: PackageResources.deepspeech2_yaml
      case .streaming: PackageResources.streaming_yaml
      case .conformer: PackageResources.conformer_yaml
      }
    return ModelFile(yaml: String(decoding: yaml, as: UTF8.self), path: "\(rawValue).yaml")
  }
}

extension ModelFile {
  /// The description of the preset with that name, or else the one in the file at that path.
  ///
  /// - Throws: `ModelError.unreadable`, `.badDescription` for what is neither a name nor a file.
  public init(network: String) throws(ModelError) {
    if let preset = NetworkPreset(rawValue: network) {
      self = preset.file
      return
    }
    do { try self.init(path: network) } catch .unreadable(let path, let reason) {
      let names = NetworkPreset.allCases.map(\.rawValue)
      let mayBeName = !network.contains("/") && !network.contains(".") && FileKind(network) == nil
      guard mayBeName else {
        let known = names.joined(separator: ", ")
        throw .unreadable(path: path, reason: "\(reason) (networks that have a name: \(known))")
      }
      let problem = DescriptionProblem(
        found: "`\(network)`", expected: "a description in YAML, or one of", known: names)
      throw ModelError(problem, path: "network", line: nil)
    }
  }
}
