import Foundation
import ParlaAcousticModel
import ParlaModelTestSupport
import ParlaTestSupport
import ParlaTranscripts
import Testing

@testable import ParlaModelExchange

/// Metadata of a model besides its network: in files, in model cards, in summaries.
@Suite struct ModelMetadataTests {
  static let metadata = ModelMetadata(
    language: "cy", beamWidth: 77, author: "Ann \"A\" Other", name: "cymraeg", version: "1.2",
    contact: "ann@example.org", license: "CC0-1.0", summary: "Learnt from *two* readers.")

  @Test func modelKeepsWhatItsFileSaid() throws {
    let model = try smallModel()
    #expect(model.metadata == nil)
    try withTemporaryFolder { folder in
      try model.write(to: folder + "/a", as: .safetensors)
      #expect(try AcousticModel(path: folder + "/a").metadata == nil)
      try model.write(to: folder + "/b", as: .safetensors, metadata: Self.metadata)
      let read = try AcousticModel(path: folder + "/b")
      #expect(read.metadata == Self.metadata)
      // And so on to other formats, as far as they can carry it.
      try read.write(to: folder + "/c", as: .tflite)
      let again = try AcousticModel(anyFile: folder + "/c").metadata
      #expect(again?.language == "cy")
      #expect(again?.beamWidth == 77)
    }
  }

  @Test func impossibleBeamWidthIsRefused() throws {
    try withTemporaryFolder { folder in
      for format in [ModelFormat.safetensors, .pb, .tflite] {
        let path = "\(folder)/\(format.rawValue)"
        try smallModel().write(to: path, as: format, metadata: ModelMetadata(beamWidth: -3))
        let error = #expect(throws: ModelError.self) { try AcousticModel(anyFile: path) }
        #expect(error?.description.contains("a beam width of -3") == true)
      }
    }
  }

  @Test func cardHasAHeadInYAMLAndWhatTheFileHolds() throws {
    let card = try smallModel().card(format: .tflite, metadata: Self.metadata, isQuantized: true)
    #expect(
      card.hasPrefix(
        """
        ---
        author: "Ann \\"A\\" Other"
        model_name: cymraeg
        model_version: 1.2
        contact_info: ann@example.org
        license: CC0-1.0
        language: cy
        runtime: tflite
        min_ds_version: 0.7.0
        max_ds_version: 0.9.3
        ---
        Learnt from *two* readers.

        | | |
        |---|---|
        | file | tflite, weights in int8 |
        """))
    #expect(card.contains("| input | 26 MFCCs of 32 ms every 20 ms at 16000 Hz"))
    #expect(card.contains("| writes | 2 labels: ` a` |"))
  }

  @Test(arguments: [ModelFormat.safetensors, .pb, .pbmm, .tflite, .onnx])
  func summaryShowsEveryFormat(format: ModelFormat) throws {
    let model = try smallModel(units: 3)
    try withTemporaryFolder { folder in
      try model.write(to: folder + "/a", as: format, metadata: Self.metadata)
      let summary = try ModelSummary(path: folder + "/a")
      #expect(summary.format == format)
      #expect(summary.alphabet == [" ", "a"])
      #expect(summary.labelCount == 3)
      #expect(summary.features == model.description.features)
      #expect(summary.metadata["language"] == "cy")
      #expect(summary.metadata["beam_width"] == "77")
      #expect(summary.precision == "float32")
      let shapes = summary.layers.flatMap(\.parameters).map(\.shape)
      #expect(shapes.contains([494, 3]) || shapes.contains([3, 494]))
      let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/a"))
      #expect(summary.byteCount == data.count)
    }
  }

  @Test func summaryOfACheckpointSaysHowFarItCame() throws {
    let summary = try ModelSummary(path: Fixture.path("exchange/checkpoint"))
    #expect(summary.training["step"] == "5")
    #expect(summary.training["optimizer"] == "adam")
    #expect(summary.byteCount > 500_000)
  }

  @Test(arguments: [ModelFormat.safetensors, .pb, .tflite])
  func nothingIsShownThatTheFileDoesNotSay(format: ModelFormat) throws {
    try withTemporaryFolder { folder in
      try smallModel().write(
        to: folder + "/a", as: format, metadata: ModelMetadata(license: "CC0-1.0"))
      let shown = try ModelSummary(path: folder + "/a").metadata
      // The official formats have fields for these two, and none for a licence.
      let expected =
        format == .safetensors
        ? ["license": "CC0-1.0"] : ["beam_width": "500", "graph_version": "6"]
      #expect(shown == expected)
    }
  }

  @Test func summaryNeedsNoAlphabet() throws {
    try withTemporaryFolder { folder in
      try TinyCheckpoint().write(to: folder)
      let summary = try ModelSummary(path: folder)
      #expect(summary.alphabet == nil)
      #expect(summary.labelCount == 3)
    }
  }

  @Test func aVersionThatNoGraphCanHaveIsNone() throws {
    let read = try ModelMetadata(texts: ["graph_version": "9000000000000000000"], path: "a")
    #expect(read == ModelMetadata())
    #expect(read?.texts == [:])
  }

  @Test func impossibleFeaturesOfAnONNXModelAreRefused() throws {
    try withTemporaryFolder { folder in
      try smallModel().write(to: folder + "/a", as: .onnx)
      var data = try Data(contentsOf: URL(fileURLWithPath: folder + "/a"))
      let rate = try #require(data.range(of: Data("16000".utf8)))
      data.replaceSubrange(rate, with: Data("00000".utf8))
      let error = #expect(throws: ModelError.self) {
        try ONNXModel(bytes: ModelBytes(data, path: "a.onnx")).summary
      }
      #expect(error?.description.contains("its features are impossible") == true)
    }
  }

  @Test func noMutationOfAnONNXModelCrashes() throws {
    try withTemporaryFolder { folder in
      try smallModel().write(to: folder + "/a", as: .onnx)
      let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/a"))
      try expectSurvival(of: data, seed: 3, count: 100) {
        try ONNXModel(bytes: ModelBytes($0, path: "a.onnx")).summary
      }
      // The weights are most of the file; what is before them is where damage can do harm.
      try expectSurvival(of: data.prefix(1500), seed: 4, count: 100) {
        try ONNXModel(bytes: ModelBytes($0 + data.dropFirst(1500), path: "a.onnx")).summary
      }
    }
  }
}
