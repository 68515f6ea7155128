import ArgumentParser
import ParlaAudio
import ParlaKur

/// The features of Deepgram's Kur: `--type kur-spec`, `kur-mfcc` or `kur-raw`.
struct KurFeatureOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "For --front-end kur_spec and kur_mfcc, the highest frequency.", valueName: "hertz"))
  var maxFrequency: Double?

  @Option(
    help: ArgumentHelp(
      "For --front-end kur_spec and kur_mfcc, Kur's file of statistics that normalise frames.",
      valueName: "norm.yml"), completion: .file())
  var normalization: String?

  private static let prefix = "kur-"

  private func kind(_ type: String?) -> KurFeatures.Kind? {
    guard let type = type?.replacing("_", with: "-"), type.hasPrefix(Self.prefix) else {
      return nil
    }
    return KurFeatures.Kind(rawValue: String(type.dropFirst(Self.prefix.count)))
  }

  /// Makes sure that the options belong to `type`.
  func validate(type: String?) throws {
    guard kind(type) == nil, maxFrequency != nil || normalization != nil else { return }
    throw ValidationError(
      "--max-frequency, --normalization: found another type of features, expected kur-spec or kur-mfcc."
    )
  }

  /// The features of the recording at `path`, at its own rate; nil if `type` is none of Kur's.
  func features(of path: String, type: String?) throws -> FeatureMatrix? {
    guard let kind = kind(type) else { return nil }
    let sound = try StoredSound(path: path)
    var frames = try KurFeatures(kind, highestFrequency: maxFrequency).frames(of: sound)
    if let normalization {
      guard let statistics = try NormalizationFile.read(normalization) else {
        throw ValidationError("--normalization: \(normalization): there is no such file.")
      }
      let width = frames.first?.count ?? 0
      guard width == statistics.mean.count else {
        throw ValidationError(
          "--normalization: \(normalization): found statistics of \(statistics.mean.count) features, "
            + "expected \(width) as frames have. Check --type and --max-frequency.")
      }
      frames = frames.map(FeatureNormalization(statistics).normalized)
    }
    return FeatureMatrix(
      frameCount: frames.count, featureCount: frames.first?.count ?? 0,
      values: frames.joined().map { Float($0) })
  }
}
