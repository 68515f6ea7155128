import ParlaAcousticModel
import ParlaAudio
import Testing

@Suite struct ModelFileTests {
  @Test func deepSpeechHasItsLayersAndFeatures() throws {
    let description = try ModelDescription.deepSpeech(labelCount: 29)
    #expect(description.features == FeatureSettings())
    #expect(description.features.inputCount == 494)
    let sizes = description.layers.map(\.summary)
    #expect(sizes.first == "dense layer_1, 2048")
    #expect(sizes.contains("lstm lstm, 2048"))
    #expect(sizes.last == "dense layer_6, 29")
    #expect(sizes.count { $0 == "dropout 0.05" } == 4)
  }

  @Test func settingsReplaceThoseOfTheDescription() throws {
    let description = try ModelDescription.deepSpeech(
      labelCount: 5, settings: ["n_hidden": "8", "dropout_rate": "0.3", "dropout_rate6": "0"])
    let rates = description.layers.compactMap { layer -> Float? in
      if case .dropout(_, let rate) = layer { rate } else { nil }
    }
    #expect(rates == [0.3, 0.3, 0.3, 0])
  }

  static let wrong: [(yaml: String, message: String)] = [
    ("model: [", "not YAML"),
    ("", "empty"),
    ("name: x", "no `model`"),
    ("model:\n  - dens: {size: 3}", "a.yaml:2: found `dens`, expected `dense`"),
    ("model:\n  - dense: {size: 0}", "a.yaml:2: found \"0\", expected a layer's size"),
    ("model:\n  - dense: {size: \"{{ units }}\"}", "{{ units }}"),
    ("model:\n  - dense: {size: 7}", "expected a dense layer of size \"{{ label_count }}\""),
    ("model:\n  - dropout: 1.5", "a.yaml:2: found \"1.5\""),
    ("model:\n  - activation: {type: rely, ceiling: 3}", "`clipped_relu`"),
    ("features: {windw: 3}\nmodel:\n  - dense: 3", "`window`"),
  ]

  @Test(arguments: wrong) func mistakesAreNamedWithTheirLine(yaml: String, message: String) {
    let error = #expect(throws: ModelError.self) {
      try ModelFile(yaml: yaml, path: "a.yaml").description(labelCount: 3)
    }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }

  @Test func unknownSettingsAreRefused() {
    let error = #expect(throws: ModelError.self) {
      try ModelDescription.deepSpeech(labelCount: 3, settings: ["n_hiden": "3"])
    }
    #expect(error?.description.contains("n_hidden") == true)
  }
}
