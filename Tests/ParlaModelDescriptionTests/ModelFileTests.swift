import ParlaAcousticModel
import ParlaAudio
import ParlaDescriptions
import ParlaModelDescription
import ParlaNeuralNetwork
import Testing

@Suite struct ModelFileTests {
  @Test func deepSpeechHasItsLayersAndFeatures() throws {
    let description = try ModelDescription.deepSpeech(labelCount: 29)
    #expect(description.features == FeatureSettings())
    #expect(description.features.inputCount == 494)
    let sizes = description.graph.nodes.map(\.layer.summary)
    #expect(sizes.first == "dense layer_1, 2048")
    #expect(sizes.contains("lstm lstm, 2048"))
    #expect(sizes.last == "dense layer_6, 29")
    #expect(sizes.count { $0 == "dropout 0.05" } == 4)
  }

  @Test func settingsReplaceThoseOfTheDescription() throws {
    let description = try ModelDescription.deepSpeech(
      labelCount: 5, settings: ["n_hidden": "8", "dropout_rate": "0.3", "dropout_rate6": "0"])
    let rates = description.layers.filter { $0.kind == "dropout" }.map { $0.fields["rate"]?.number }
    #expect(rates == [0.3, 0.3, 0.3, 0])
  }

  static let wrong: [(yaml: String, message: String)] = [
    ("model: [", "not YAML"),
    ("", "empty"),
    ("name: x\nmodel: a: b", "a.yaml:2: not YAML: mapping values are not allowed"),
    ("name: x\nname: y\nmodel:\n  - dense: 3", "a.yaml:1: not YAML: name occurs twice"),
    (
      "settings: {size: 3, sise: 4}\nmodel:\n  - dense: {size: \"{{ size }}\"}",
      "a.yaml:1: found the setting `sise`, which nothing refers to"
    ),
    ("name: x", "no `model`"),
    (
      "name: x\nfeature: {type: mfcc}\nmodel:\n  - dense: 3",
      "a.yaml:2: found `feature`, expected `features`"
    ),
    ("name: x\nmodel:\n  - dense: 3\nlayers: []", "a.yaml:4: found `layers`"),
    ("settings: [a, b]\nmodel:\n  - dense: 3", "a.yaml:1: found settings that are no mapping"),
    ("name: [a]\nmodel:\n  - dense: 3", "a.yaml:1: found a name that is no text"),
    ("model:\n  - dens: {size: 3}", "a.yaml:2: found `dens`, expected `dense`"),
    ("model:\n  - dense: {size: 0}", "a.yaml:2: found \"0\", expected a layer's size"),
    ("model:\n  - dense: {size: \"{{ units }}\"}", "{{ units }}"),
    ("model:\n  - dense: {size: 7}", "expected a dense layer of size \"{{ label_count }}\""),
    ("model:\n  - dropout: 1.5", "a.yaml:2: found \"1.5\""),
    ("model:\n  - activation: {type: rely, ceiling: 3}", "expected `relu`"),
    (
      "model:\n  - dense: 3\n  - dense: {sise: 3}",
      "a.yaml:3: found no size but `sise`, expected `size`"
    ),
    (
      "model:\n  - dense: {size: 3,\n           sise: 4}",
      "a.yaml:3: found `sise`, expected `size` (a field that there is: size, exact)"
    ),
    (
      "model:\n  - activation: {type: clipped_relu, ceiling: 3, size: 4}",
      "found `size`, expected `ceiling`"
    ),
    (
      "model:\n  - dense: {name: a, size: 3}\n  - dense: {name: a, size: 3}",
      "a.yaml:3: found the name `a`"
    ),
    (
      "model:\n  - dense: {name: a, size: 3, inputs: b}\n  - dense: {name: b, size: 3}",
      "a.yaml:2: found the circle `a` → `b` → `a`"
    ),
    (
      "model:\n  - dense: {name: first, size: 3}\n  - dense: {size: 3, inputs: frist}",
      "a.yaml:3: found `frist`, expected `first`"
    ),
    (
      "model:\n  - dense: {size: 3, inputs: [features, features]}",
      "a.yaml:2: found 2 inputs of dense"
    ),
    (
      "model:\n  - for: {range: many, iterate: [relu]}\n  - dense: {size: 3}",
      "a.yaml:2: found many, expected `range: N`"
    ),
    (
      "model:\n  - for: {range: 2, with: i, iterate: [relu]}\n  - dense: {size: 3}",
      "a.yaml:2: found `with`, expected "
    ),
    ("model:\n  - for: {range: 2}\n  - dense: {size: 3}", "a.yaml:2: found a for without layers"),
    (
      "settings: {a: 2.5}\nmodel:\n  - dense: {size: \"{{ a + 1 }}\"}",
      "a.yaml:3: found {{ a + 1 }}"
    ),
    ("model:\n  - dense: 3\noutputs: dens_1", "a.yaml:3: found `dens_1`, expected `dense_1`"),
    ("model:\n  - dense: 3\noutputs: []", "a.yaml:3: found no output"),
    (
      "model:\n  - dense: {name: a, size: 3}\n  - dense: {size: 3, inputs: features}",
      "a.yaml:2: found the layer `a`, whose frames nobody uses"
    ),
    ("features: {windw: 3}\nmodel:\n  - dense: 3", "`window`"),
  ]

  @Test(arguments: wrong) func mistakesAreNamedWithTheirLine(yaml: String, message: String) {
    let error = #expect(throws: ModelError.self) {
      try ModelFile(yaml: yaml, path: "a.yaml").description(labelCount: 3)
    }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }

  @Test(arguments: [
    (["n_hidden": "-3", "window": "30"], "n_hidden: found -3, expected a layer's size"),
    (["window": "0", "n_hidden": "-3"], "n_hidden: found -3, "),
    (["window": "0"], "window: found 0, expected the length of a window in milliseconds"),
    (["sise": "1"], "sise: found a setting that deepspeech.yaml does not have"),
  ])
  func aSettingThatCannotBeIsNamedAndNotTheLine(settings: [String: String], message: String) {
    let error = #expect(throws: ModelError.self) {
      try ModelDescription.deepSpeech(labelCount: 3, settings: settings)
    }
    #expect(error?.description.hasPrefix(message) == true, "\(error?.description ?? "")")
  }

  @Test func whatComesOfASettingIsTold() {
    let yaml =
      "settings: {size: 9}\nmodel:\n  - dense: {size: \"{{ size - 4 }}\"}\n  - dense: {size: 3}"
    let error = #expect(throws: ModelError.self) {
      try ModelFile(yaml: yaml, path: "a.yaml")
        .description(labelCount: 3, settings: ["size": "4"])
    }
    #expect(
      error?.description.hasPrefix("size: found 4, which gives \"0\" in line 3 of a.yaml, ") == true
    )
  }

  @Test func aLoopStandsForItsLayersWrittenOut() throws {
    let loop = """
      settings: {size: 2, blocks: 2}
      model:
        - dense: {name: sum_0, size: "{{ size * 2 }}"}
        - for:
            range: "{{ blocks }}"
            with_index: block
            iterate:
              - dense: {name: "up_{{ block + 1 }}", size: "{{ size * 2 }}", inputs: "sum_{{ block }}"}
              - relu
              - for: {range: 1, iterate: [tanh: {name: "seen_{{ block + 1 }}"}]}
              - merge: {name: "sum_{{ block + 1 }}", inputs: ["sum_{{block}}", "seen_{{ block+1 }}"]}
        - dense: {size: "{{ label_count }}"}
      """
    let written = """
      model:
        - dense: {name: sum_0, size: 4}
        - dense: {name: up_1, size: 4, inputs: sum_0}
        - relu
        - tanh: {name: seen_1}
        - merge: {name: sum_1, inputs: [sum_0, seen_1]}
        - dense: {name: up_2, size: 4, inputs: sum_1}
        - relu
        - tanh: {name: seen_2}
        - merge: {name: sum_2, inputs: [sum_1, seen_2]}
        - dense: {size: 3}
      """
    let expected = try ModelFile(yaml: written, path: "b.yaml").description(labelCount: 3)
    #expect(try ModelFile(yaml: loop, path: "a.yaml").description(labelCount: 3) == expected)
    let none = try ModelFile(yaml: loop, path: "a.yaml")
      .description(labelCount: 3, settings: ["blocks": "0"])
    #expect(none.graph.parameters.count == 4)
  }

  @Test func unknownSettingsAreRefused() {
    let error = #expect(throws: ModelError.self) {
      try ModelDescription.deepSpeech(labelCount: 3, settings: ["n_hiden": "3"])
    }
    #expect(error?.description.contains("n_hidden") == true)
  }
}
