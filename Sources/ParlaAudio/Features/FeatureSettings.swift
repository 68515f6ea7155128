public import ParlaDescriptions

/// How sound becomes feature frames; part of every model, since a model only works with the features it was trained on.
///
/// A kind of front end with its fields, the sample rate, the normalisation, and how many neighbours a frame is seen with.
public struct FeatureSettings: Sendable {
  /// Samples a second that the features are computed from, in hertz.
  public let sampleRate: Int

  /// How many frames before and after a frame the network also sees; padded with zeros.
  public let contextFrameCount: Int

  /// All fields of the features, including defaults.
  public let fields: [String: FieldValue]

  /// The contents of a frame.
  package let frontEnd: any FrontEnd

  /// How the frames are brought to one scale.
  package let normalization: FrameNormalization

  /// DeepSpeech's features: 26 MFCCs of 32 ms windows every 20 ms, with 9 frames on each side.
  public init() {
    frontEnd = MFCC()
    sampleRate = 16000
    contextFrameCount = MFCC.usualContext
    normalization = FrameNormalization()
    fields = [
      "sample_rate": .number(16000), "window": .number(32), "step": .number(20),
      "coefficients": .number(26), "context": .number(9), "normalization": .text("none"),
    ]
  }

  /// Features of a kind that ``FrontEndKinds`` lists, such as `log_mel`; what `fields` do not say is as usual.
  ///
  /// - Throws: `DescriptionProblem` for an unknown kind or field, or an impossible value.
  package init(
    described kind: String, _ fields: [String: FieldValue]
  ) throws(DescriptionProblem) {
    guard let type = FrontEndKinds.named(kind) else {
      throw DescriptionProblem(
        field: "type", found: "`\(kind)`", expected: "a front end", known: FrontEndKinds.names)
    }
    var reader = FieldReader(fields)
    sampleRate = try reader.integer(
      "sample_rate", "samples a second", in: 100...1_000_000, default: 16000)
    frontEnd = try type.init(&reader, sampleRate: sampleRate)
    normalization = try FrameNormalization(&reader, featureCount: frontEnd.featureCount)
    contextFrameCount = try reader.integer(
      "context", "how many frames are seen on each side", in: 0...1000, default: type.usualContext)
    try reader.requireAllRead()
    self.fields = reader.resolved
  }

  /// Features of a kind, such as `log_mel`; missing `fields` have their defaults.
  ///
  /// - Throws: `AudioError.invalidSetting`, naming the setting and what it may be.
  public init(
    kind: String = "mfcc", _ fields: [String: FieldValue]
  ) throws(AudioError) {
    do { try self.init(described: kind, fields) } catch { throw AudioError(error) }
  }

  /// The kind of features, by its name in descriptions.
  public var kind: String { type(of: frontEnd).kind }

  /// Samples in an analysis window.
  public var windowLength: Int { frontEnd.grid.windowLength }

  /// Samples between the starts of successive windows.
  public var stepLength: Int { frontEnd.grid.stepLength }

  /// Length of the analysis window in milliseconds.
  public var windowMilliseconds: Double { Double(windowLength * 1000) / Double(sampleRate) }

  /// Distance between the starts of successive windows in milliseconds.
  public var stepMilliseconds: Double { Double(stepLength * 1000) / Double(sampleRate) }

  /// Length of the Fourier transform of a window: the smallest power of two that holds it.
  package var fourierLength: Int { SpectralComputation.fourierLength(windowLength) }

  /// Numbers in one frame, without its context.
  public var featureCount: Int { frontEnd.featureCount }

  /// Numbers that the network sees for one frame, its context included.
  public var inputCount: Int { featureCount * (2 * contextFrameCount + 1) }

  /// How many frames `sampleCount` samples give: full windows only, no padding.
  public func frameCount(sampleCount: Int) -> Int {
    frontEnd.grid.frameCount(sampleCount: sampleCount)
  }

  /// How long `frameCount` frames last, in seconds.
  package func seconds(frameCount: Int) -> Double {
    guard frameCount > 0 else { return 0 }
    return Double((frameCount - 1) * stepLength + windowLength) / Double(sampleRate)
  }

  /// Whether the features are a power spectrum as it is.
  var areSpectrogram: Bool { frontEnd.isSpectrogram && normalization.kind == .none }

  /// Why live sound cannot become features, for error messages; nil if it can.
  package var obstacleToStreaming: String? {
    normalization.needsWhole ? "features normalised over the whole recording" : nil
  }

  /// One line for people.
  public var summary: String {
    let (window, step) = (
      FieldValue.number(windowMilliseconds), FieldValue.number(stepMilliseconds)
    )
    let times =
      windowLength == stepLength ? "" : " of \(window.spelling) ms every \(step.spelling) ms"
    let normalized =
      normalization.kind == .none ? "" : ", \(normalization.kind.rawValue) normalisation"
    return "\(frontEnd.summary)\(times) at \(sampleRate) Hz\(normalized)"
  }
}

// MARK: - Others like these

extension FeatureSettings {
  /// These settings with some fields changed.
  ///
  /// - Throws: `DescriptionProblem` for an unknown field or an impossible value.
  package func changing(
    _ changes: [String: FieldValue]
  ) throws(DescriptionProblem) -> FeatureSettings {
    try FeatureSettings(described: kind, fields.merging(changes) { $1 })
  }

  /// Whether statistics of the training's recordings are needed that are not there yet.
  package var needsStatistics: Bool { normalization.needsStatistics }

  /// These settings with the statistics of the training's recordings.
  package func with(_ statistics: FeatureStatistics) throws(DescriptionProblem) -> FeatureSettings {
    // A feature that never changes is left as it is, not made infinite.
    let deviations = statistics.variances.map { $0 > 0 ? $0.squareRoot() : 1 }
    return try changing([
      "mean": .list(statistics.means.map { .number(Double(Float($0))) }),
      "deviation": .list(deviations.map { .number(Double(max(Float($0), 1e-6))) }),
    ])
  }

  /// These settings with the statistics of `other`, if that is all in which they differ.
  package func completed(by other: FeatureSettings) -> FeatureSettings {
    guard needsStatistics else { return self }
    var rest = other.fields
    for name in ["mean", "deviation"] { rest[name] = nil }
    return kind == other.kind && rest == fields ? other : self
  }
}

extension FeatureSettings: Equatable {
  /// Whether they are the same in every field.
  public static func == (a: FeatureSettings, b: FeatureSettings) -> Bool {
    (a.kind, a.fields) == (b.kind, b.fields)
  }
}

extension FeatureSettings: Codable {
  /// The names that models used for the fields of MFCCs before there were other front ends.
  private enum FormerKey: String, CodingKey, CaseIterable {
    case kind, sampleRate, windowMilliseconds, stepMilliseconds, coefficientCount, contextFrameCount

    var name: String {
      switch self {
      case .kind: "type"
      case .sampleRate: "sample_rate"
      case .windowMilliseconds: "window"
      case .stepMilliseconds: "step"
      case .coefficientCount: "coefficients"
      case .contextFrameCount: "context"
      }
    }
  }

  /// Reads `{"type": …, "sample_rate": …, …}`, or the form of earlier models, `{"kind": "mfcc", "sampleRate": …, …}`.
  ///
  /// - Throws: `DescriptionProblem` for values that are impossible.
  public init(from decoder: any Decoder) throws {
    var fields = try decoder.singleValueContainer().decode([String: FieldValue].self)
    if fields["kind"] != nil {
      for key in FormerKey.allCases { fields[key.name] = fields.removeValue(forKey: key.rawValue) }
      if fields["type"]?.text != MFCC.kind { fields["coefficients"] = nil }
    }
    guard let kind = fields.removeValue(forKey: "type")?.text else {
      throw DescriptionProblem(field: "type", found: "no `type`", expected: "a front end")
    }
    try self.init(described: kind, fields)
  }

  /// Writes all fields with `type`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(fields.merging(["type": .text(kind)]) { $1 })
  }
}
