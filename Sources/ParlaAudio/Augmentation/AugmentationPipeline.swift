/// The augmentations of a training, in the order in which they are made.
package struct AugmentationPipeline: Sendable {
  /// One augmentation and how probable it is.
  struct Entry: Sendable {
    let augmentation: any Augmentation
    let probability: Double
  }

  let entries: [Entry]

  /// The specifications as they were written, `recommended` spelled out.
  package let specifications: [String]

  /// Reads `specifications`; those of one domain keep their order.
  ///
  /// - Parameters:
  ///   - specifications: In the syntax of `--augment`.
  ///   - recordings: Lists the sound files at a path.
  /// - Throws: `AudioError.invalidAugmentation` for the first that is wrong.
  package init(
    _ specifications: [String],
    recordings: @escaping @Sendable (_ source: String) throws -> [String]
  ) throws(AudioError) {
    let all = specifications.flatMap {
      $0.trimmed == "recommended" ? AugmentationKinds.recommended : [$0]
    }
    self.specifications = all
    var entries: [Entry] = []
    for specification in all {
      var fields = try AugmentationFields(specification, recordings: recordings)
      let kind = try AugmentationKinds.kind(fields)
      let probability = try fields.number("p", 1)
      guard probability >= 0 else {
        throw fields.invalid("p=\(probability)", "a probability from p=0 to p=1")
      }
      let augmentation = try kind?.init(&fields)
      try fields.requireAllRead()
      if let augmentation {
        entries.append(Entry(augmentation: augmentation, probability: probability))
      }
    }
    self.entries = AugmentationDomain.allCases.flatMap { domain in
      entries.filter { $0.augmentation.domain == domain }
    }
  }

  /// Whether nothing is changed.
  package var isEmpty: Bool { entries.isEmpty }

  /// The names of those that change features and therefore have no audible form.
  package var inaudible: [String] {
    entries.map(\.augmentation).filter { $0.domain == .spectrogram || $0.domain == .features }
      .map { type(of: $0).name }
  }

  /// By what factor a recording can become longer, at most.
  package var greatestLengthening: Double {
    entries.reduce(1) { $0 * max(1, $1.augmentation.greatestLengthening) }
  }

  /// Makes sure that all changes can be made on the way to the features that `settings` describe.
  ///
  /// - Throws: `AudioError.invalidAugmentation` for one of a spectrum, where features are not made of one.
  package func check(for settings: FeatureSettings) throws(AudioError) {
    guard settings.frontEnd.makeComputation().spectral == nil,
      let change = entries.first(where: { $0.augmentation.domain == .spectrogram })
    else { return }
    throw .withoutSpectrum(type(of: change.augmentation).name, settings)
  }

  /// Decides which augmentations one sample meets.
  package func pass(_ context: AugmentationContext) -> AugmentationPass {
    var context = context
    let chosen = entries.filter { context.random.uniform() < $0.probability }
    return AugmentationPass(augmentations: chosen.map(\.augmentation), context: context)
  }
}

/// One sample's way through the augmentations that fell to it.
package struct AugmentationPass: Sendable {
  let augmentations: [any Augmentation]
  var context: AugmentationContext

  /// Whether the features that the recording has without augmentations are of no use.
  package var needsSound: Bool {
    augmentations.contains {
      switch $0.domain {
      case .sample, .signal: true
      // Features that are a spectrum themselves are changed without going back to the sound.
      case .spectrogram: !context.settings.areSpectrogram
      case .features: false
      }
    }
  }

  /// Makes the augmentations of `domain`.
  mutating func apply(
    _ domain: AugmentationDomain, to values: inout AugmentedValues
  ) throws(AudioError) {
    for augmentation in augmentations where augmentation.domain == domain {
      try augmentation.apply(to: &values, &context)
    }
  }

  private func has(_ domain: AugmentationDomain) -> Bool {
    augmentations.contains { $0.domain == domain }
  }

  /// `features` of an unchanged recording, augmented if nothing before them is.
  ///
  /// - Throws: `AudioError`, when they cannot be computed.
  package mutating func augmented(_ features: FeatureMatrix) throws(AudioError) -> FeatureMatrix {
    precondition(!needsSound, "features are made of changed sound")
    guard !augmentations.isEmpty else { return features }
    var values = AugmentedValues(features.values, columnCount: features.featureCount)
    try apply(.spectrogram, to: &values)
    try apply(.features, to: &values)
    return FeatureMatrix(values)
  }

  /// `waveform` after all audible changes.
  ///
  /// - Throws: `AudioError`, when they cannot be computed.
  package mutating func sound(of waveform: Waveform) throws(AudioError) -> Waveform {
    var samples = AugmentedValues(waveform.samples)
    try apply(.sample, to: &samples)
    try apply(.signal, to: &samples)
    return Waveform(samples: samples.values, sampleRate: waveform.sampleRate)
  }

  /// The features of `waveform` after all changes.
  ///
  /// - Throws: `AudioError`, when they cannot be computed.
  package mutating func features(
    of waveform: Waveform, _ extractor: FeatureExtractor
  ) throws(AudioError) -> FeatureMatrix {
    var samples = AugmentedValues(waveform.samples)
    try apply(.sample, to: &samples)
    try apply(.signal, to: &samples)
    let sound = Waveform(samples: samples.values, sampleRate: waveform.sampleRate)
    guard has(.spectrogram) || has(.features) else { return try extractor.features(of: sound) }
    var values: AugmentedValues
    if let change = augmentations.first(where: { $0.domain == .spectrogram }) {
      guard let spectrogram = try extractor.spectrogram(of: sound) else {
        throw AudioError.withoutSpectrum(type(of: change).name, extractor.settings)
      }
      values = AugmentedValues(spectrogram.values, columnCount: spectrogram.featureCount)
      try apply(.spectrogram, to: &values)
      values = AugmentedValues(
        extractor.features(ofSpectrogram: FeatureMatrix(values)).values,
        columnCount: extractor.settings.featureCount)
    } else {
      values = AugmentedValues(
        try extractor.features(of: sound).values, columnCount: extractor.settings.featureCount)
    }
    try apply(.features, to: &values)
    return FeatureMatrix(values)
  }
}

extension FeatureMatrix {
  fileprivate init(_ values: AugmentedValues) {
    self.init(
      frameCount: values.rowCount, featureCount: values.columnCount, values: values.values)
  }
}

extension AudioError {
  fileprivate static func withoutSpectrum(_ name: String, _ settings: FeatureSettings) -> AudioError
  {
    .invalidAugmentation(
      specification: name, found: "features of the kind `\(settings.kind)`, which have no spectrum",
      expected: "changes of the sound or of the features, such as those with domain=signal")
  }
}
