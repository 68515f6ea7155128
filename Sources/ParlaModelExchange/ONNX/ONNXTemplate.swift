import Foundation
import ParlaAcousticModel
import ParlaAudio
import ParlaDescriptions
import ParlaNeuralNetwork
import ParlaTranscripts
import SwiftProtobuf

/// A model as a graph of ONNX operators (opset 13), with what its layers remember as inputs and outputs where it takes pieces.
///
/// Inputs: `frames` [time, batch, features with their context]; of a whole `lengths` [batch], where recordings differ; in pieces
/// `is_last`, where layers hold frames back, and `previous_state_…`, zeros or no rows at first. Outputs: `probabilities` and
/// `log_probabilities` [time, batch, labels], the blank last; `output_lengths` [batch], or `new_state_…`, which go in with the next
/// frames.
struct ONNXTemplate {
  let graph: ONNXGraph

  /// Lays out the graph of `model`.
  ///
  /// - Throws: `ModelError.notExpressible` for a layer that has no place here.
  init(
    _ model: AcousticModel, form: ONNXForm, isQuantized: Bool = false
  ) throws(ModelError) {
    let network = try ONNXNetwork(
      model.graph, parameters: model.parameters, buffers: model.buffers,
      name: model.description.name, inputNames: ["frames"], form: form,
      isQuantized: isQuantized)
    var graph = network.graph
    let frames = network.outputs[0]
    let time = network.isInStep(frames) ? "time" : "output_time"
    graph.layer = "labels"
    for (index, name) in ["probabilities", "log_probabilities"].enumerated() {
      let operation = index == 0 ? "Softmax" : "LogSoftmax"
      let values = graph.add(operation, [frames.value], [.int("axis", -1)])
      graph.output(values, as: name, [time, "batch", "\(frames.shape.count)"], at: index)
    }
    if let lengths = frames.lengths {
      graph.output(lengths, as: "output_lengths", ["batch"], .int64)
    }
    self.graph = graph
  }

  /// The properties of the graph: everything needed to make its input and to read its output.
  static func properties(
    _ model: AcousticModel, _ metadata: ModelMetadata, form: ONNXForm
  ) throws -> [(String, String)] {
    let features = model.description.features
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.withoutEscapingSlashes]
    let alphabet = String(decoding: try encoder.encode(model.alphabet.labels), as: UTF8.self)
    encoder.outputFormatting.insert(.sortedKeys)
    let settings = String(decoding: try encoder.encode(features), as: UTF8.self)
    let properties = [
      ("alphabet", alphabet), ("features", features.kind),
      ("sample_rate", "\(features.sampleRate)"),
      ("feature_win_len", FieldValue.number(features.windowMilliseconds).spelling),
      ("feature_win_step", FieldValue.number(features.stepMilliseconds).spelling),
      ("feature_count", "\(features.featureCount)"),
      ("context_frames", "\(features.contextFrameCount)"), ("form", form.rawValue),
      ("frames_per_output", "\(model.graph.position().stride)"),
      ("beam_width", "\(metadata.beamWidth ?? ModelMetadata.usualBeamWidth)"),
      ("language", metadata.language),
      ("model_name", metadata.name), ("model_version", metadata.version),
      ("author", metadata.author), ("license", metadata.license),
    ]
    // The numbers above say all of DeepSpeech's features.
    let isPlain = features.kind == MFCC.kind && features.normalization.kind == .none
    return isPlain ? properties : properties + [("feature_settings", settings)]
  }
}
