import Foundation
import ParlaAcousticModel
import ParlaAudio
import ParlaNeuralNetwork

/// DeepSpeech's network for one model as operations of TensorFlow Lite, as TensorFlow 1.15's converter lays it out: the
/// recurrent layer is unrolled, and the metadata are copies of constants.
///
/// The official clients look for tensors by name and run only the operations that lead to the tensors they want.
struct TFLiteTemplate {
  /// A constant's numbers.
  enum Content {
    case none
    case small(Data)
    /// As they are.
    case floats(ExportedTensor)
    /// As signed bytes, the largest 127.
    case bytes(ExportedTensor, scale: Float)
  }

  struct Tensor {
    let name: String
    let shape: [Int]
    let kind: TFLiteSchema.Kind
    let content: Content
  }

  struct Operation {
    let code: TFLiteSchema.Operation
    let customName: String
    let inputs: [Int]
    let outputs: [Int]
    let options: [Int: FlatBufferValue]
    let customOptions: Data?
  }

  private(set) var tensors: [Tensor] = []
  private(set) var operations: [Operation] = []
  private(set) var inputs: [Int] = []
  private(set) var outputs: [Int] = []

  private let network: DeepSpeechNetwork
  private let isQuantized: Bool

  /// Lays out the operations of `network`, with weights in bytes if `isQuantized`.
  init(_ network: DeepSpeechNetwork, metadata: ModelMetadata, isQuantized: Bool) {
    self.network = network
    self.isQuantized = isQuantized
    let features = network.model.description.features
    let width = 2 * features.contextFrameCount + 1
    let steps = DeepSpeechNetwork.stepCount
    let input = tensor("input_node", [1, steps, width, features.featureCount])
    let cells = tensor("previous_state_c", [1, network.units])
    let former = tensor("previous_state_h", [1, network.units])
    let samples = tensor("input_samples", [features.windowLength])
    inputs = [input, cells, former, samples]
    let coefficients = addFeatures(samples, features)
    var frames = input
    for number in 0..<3 { frames = addDense(number, frames) }
    let (all, newCells, newOutputs) = addRecurrent(frames, cells: cells, former: former)
    let fifth = addDense(3, all)
    let logits = addDense(4, fifth)
    let probabilities = tensor("logits", [steps, network.labelCount])
    operation(.softmax, [logits], [probabilities], [0: .float(1)])
    outputs = [probabilities, newCells, newOutputs, coefficients]
    addMetadata(metadata, features)
  }
}

// MARK: - Stages

extension TFLiteTemplate {
  private mutating func addFeatures(_ samples: Int, _ features: FeatureSettings) -> Int {
    let column = tensor("ExpandDims", [features.windowLength, 1])
    reshape(samples, column, [features.windowLength, 1])
    let spectrogram = tensor("AudioSpectrogram", [1, 1, features.fourierLength / 2 + 1])
    custom(
      "AudioSpectrogram", [column], spectrogram,
      [
        "magnitude_squared": .bool(true), "window_size": .int(features.windowLength),
        "stride": .int(features.stepLength),
      ])
    let rate = integers("Mfcc/sample_rate", [features.sampleRate], shape: [])
    let cepstrum = tensor("Mfcc", [1, 1, features.featureCount])
    custom(
      "Mfcc", [spectrogram, rate], cepstrum,
      [
        "upper_frequency_limit": .float(Float(features.sampleRate) / 2),
        "lower_frequency_limit": .float(20), "filterbank_channel_count": .int(40),
        "dct_coefficient_count": .int(features.featureCount),
      ])
    let coefficients = tensor("mfccs", [1, features.featureCount])
    reshape(cepstrum, coefficients, [-1, features.featureCount])
    return coefficients
  }

  /// Dense layer `number` of the list, with what is cut off above it.
  private mutating func addDense(_ number: Int, _ input: Int) -> Int {
    let layer = network.dense[number]
    let name = "layer_\(DeepSpeechTensors.denseNumbers[number])"
    let steps = DeepSpeechNetwork.stepCount
    let weight = self.weight(network.unchanged("\(name)/weights/transpose", layer.weight))
    let bias = constant(network.unchanged("\(name)/bias", layer.bias))
    let sum = tensor("\(name)/sum", [steps, layer.outputCount])
    fullyConnected(input, weight, bias, sum, isRectified: layer.ceiling != nil)
    guard let ceiling = layer.ceiling else { return sum }
    let limit = floats("\(name)/ceiling", [ceiling], shape: [])
    let output = tensor("\(name)/output", [steps, layer.outputCount])
    operation(.minimum, [sum, limit], [output])
    return output
  }

  /// Outputs of all steps, cells and outputs after the last one.
  private mutating func addRecurrent(
    _ input: Int, cells: Int, former: Int
  ) -> (all: Int, cells: Int, outputs: Int) {
    let steps = DeepSpeechNetwork.stepCount
    let inputCount = network.inputWeight.shape[1]
    let frames = tensor("Reshape_2", [steps, 1, inputCount])
    reshape(input, frames, [-1, 1, inputCount])
    let kernel = weight(network.transposedKernel("lstm/kernel/transpose"))
    let bias = constant(network.recurrentBias("lstm/bias"))
    let axis = integers("lstm/split_dim", [1], shape: [])
    var (cells, output) = (cells, former)
    var all: [Int] = []
    for step in 0..<steps {
      let frame = slice(frames, step, width: inputCount)
      (cells, output) = addCell(
        step, frame, cells, output, kernel: kernel, bias: bias, axis: axis)
      all.append(output)
    }
    let joined = tensor("lstm/outputs", [steps, network.units])
    operation(.concatenation, all, [joined], [0: .int32(0)])
    return (joined, cells, output)
  }

  private mutating func slice(_ frames: Int, _ step: Int, width: Int) -> Int {
    let begin = integers("lstm/slice_\(step)/begin", [step, 0, 0], shape: [3])
    let end = integers("lstm/slice_\(step)/end", [step + 1, 1, width], shape: [3])
    let stride = integers("lstm/slice_\(step)/stride", [1, 1, 1], shape: [3])
    let frame = tensor("lstm/slice_\(step)", [1, width])
    // Field 4 says which axes go: the first one.
    operation(.stridedSlice, [frames, begin, end, stride], [frame], [4: .int32(1)])
    return frame
  }

  /// One step: TensorFlow's gates are input, cell, forget, output.
  private mutating func addCell(
    _ step: Int, _ frame: Int, _ cells: Int, _ former: Int, kernel: Int, bias: Int, axis: Int
  ) -> (cells: Int, output: Int) {
    let units = network.units
    let name = "lstm/step_\(step)"
    let isLast = step == DeepSpeechNetwork.stepCount - 1
    let joined = tensor("\(name)/concat", [1, network.inputWeight.shape[1] + units])
    operation(.concatenation, [frame, former], [joined], [0: .int32(1)])
    let sums = tensor("\(name)/sums", [1, 4 * units])
    fullyConnected(joined, kernel, bias, sums, isRectified: false)
    let parts = ["input", "cell", "forget", "output"].map { tensor("\(name)/\($0)", [1, units]) }
    operation(.split, [axis, sums], parts, [0: .int32(4)])
    let kept = unary(.logistic, parts[2])
    let remembered = binary(.multiply, kept, cells)
    let opened = unary(.logistic, parts[0])
    let candidate = unary(.tanh, parts[1])
    let added = binary(.multiply, opened, candidate)
    let newCells = binary(
      .add, remembered, added, name: isLast ? "new_state_c" : "\(name)/cells")
    let shown = unary(.logistic, parts[3])
    let squeezed = unary(.tanh, newCells)
    let output = binary(
      .multiply, shown, squeezed, name: isLast ? "new_state_h" : "\(name)/outputs")
    return (newCells, output)
  }

  private mutating func addMetadata(_ metadata: ModelMetadata, _ features: FeatureSettings) {
    let numbers = [
      ("version", metadata.graphVersion ?? ModelMetadata.usualGraphVersion),
      ("sample_rate", features.sampleRate),
      ("feature_win_len", Int(features.windowMilliseconds)),
      ("feature_win_step", Int(features.stepMilliseconds)),
      ("beam_width", metadata.beamWidth ?? ModelMetadata.usualBeamWidth),
    ]
    for (name, value) in numbers {
      addCopy("metadata_\(name)", .int32, integers("metadata_\(name)_copy", [value], shape: [1]))
    }
    let texts = [
      ("alphabet", network.model.alphabet.serialized), ("language", Data(metadata.language.utf8)),
    ]
    for (name, text) in texts {
      let content = Data(littleEndian: [1, 12, 12 + text.count]) + text
      addCopy(
        "metadata_\(name)", .string,
        tensor("metadata_\(name)_copy", [1], .string, .small(content)))
    }
  }

  private mutating func addCopy(_ name: String, _ kind: TFLiteSchema.Kind, _ source: Int) {
    let target = tensor(name, [1], kind)
    let shape = integers("\(name)_copy_shape", [1], shape: [1])
    operation(.reshape, [source, shape], [target], [0: .int32s([1])])
    outputs.append(target)
  }
}

// MARK: - Tensors and operations

extension TFLiteTemplate {
  private mutating func tensor(
    _ name: String, _ shape: [Int], _ kind: TFLiteSchema.Kind = .float32, _ content: Content = .none
  ) -> Int {
    tensors.append(Tensor(name: name, shape: shape, kind: kind, content: content))
    return tensors.count - 1
  }

  private mutating func integers(_ name: String, _ values: [Int], shape: [Int]) -> Int {
    tensor(name, shape, .int32, .small(Data(littleEndian: values)))
  }

  private mutating func floats(_ name: String, _ values: [Float], shape: [Int]) -> Int {
    let bits = values.map { Int(Int32(bitPattern: $0.bitPattern)) }
    return tensor(name, shape, .float32, .small(Data(littleEndian: bits)))
  }

  private mutating func constant(_ values: ExportedTensor) -> Int {
    tensor(values.name, values.shape, .float32, .floats(values))
  }

  /// A weight; in bytes if that is wanted and it is large enough for the official converter to do so.
  private mutating func weight(_ values: ExportedTensor) -> Int {
    guard isQuantized, values.byteCount >= 4 * 1024 else { return constant(values) }
    let largest = values.largestMagnitude
    let scale = largest > 0 ? largest / 127 : 1
    return tensor(values.name, values.shape, .int8, .bytes(values, scale: scale))
  }

  private mutating func operation(
    _ code: TFLiteSchema.Operation, _ inputs: [Int], _ outputs: [Int],
    _ options: [Int: FlatBufferValue] = [:], customName: String = "", customOptions: Data? = nil
  ) {
    operations.append(
      Operation(
        code: code, customName: customName, inputs: inputs, outputs: outputs, options: options,
        customOptions: customOptions))
  }

  private mutating func custom(
    _ name: String, _ inputs: [Int], _ output: Int, _ options: [String: FlexBuffer.Value]
  ) {
    operation(
      .custom, inputs, [output], customName: name, customOptions: FlexBuffer.map(options))
  }

  private mutating func reshape(_ input: Int, _ output: Int, _ shape: [Int]) {
    let wanted = integers(tensors[output].name + "/shape", shape, shape: [shape.count])
    operation(.reshape, [input, wanted], [output], [0: .int32s(shape)])
  }

  private mutating func fullyConnected(
    _ input: Int, _ weight: Int, _ bias: Int, _ output: Int, isRectified: Bool
  ) {
    operation(
      .fullyConnected, [input, weight, bias], [output], [0: .int8(isRectified ? 1 : 0)])
  }

  private mutating func unary(_ code: TFLiteSchema.Operation, _ input: Int) -> Int {
    let output = tensor("\(tensors[input].name)/\(code)", tensors[input].shape)
    operation(code, [input], [output])
    return output
  }

  private mutating func binary(
    _ code: TFLiteSchema.Operation, _ a: Int, _ b: Int, name: String? = nil
  ) -> Int {
    let output = tensor(name ?? "\(tensors[a].name)/\(code)", tensors[a].shape)
    operation(code, [a, b], [output])
    return output
  }
}

extension Data {
  /// 32-bit numbers.
  fileprivate init(littleEndian numbers: [Int]) {
    self.init()
    for number in numbers {
      for shift in [0, 8, 16, 24] { append(UInt8(truncatingIfNeeded: number >> shift)) }
    }
  }
}

extension ExportedTensor {
  /// The largest number, whatever its sign.
  var largestMagnitude: Float {
    var row = Tensor(unwritten: [columnCount])
    var largest: Float = 0
    for index in 0..<rowCount {
      let target = unsafe row.mutablePointer
      unsafe writeRow(index, target)
      for column in 0..<columnCount { largest = unsafe max(largest, abs(target[column])) }
    }
    return largest
  }
}
