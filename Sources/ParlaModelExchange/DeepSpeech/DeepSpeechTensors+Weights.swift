import ParlaAcousticModel
import ParlaNeuralNetwork

extension DeepSpeechTensors {
  /// These tensors, [outputs, inputs], under Parla's names.
  var parameterSource: ParameterSource {
    precondition(layout == .outputsFirst, "weights [outputs, inputs]")
    return ParameterSource(
      tensor: { parameter throws(ModelError) in
        guard let layer = layer(parameter.name, ".bias") else { return recurrentBias }
        return Tensor(shape: [layer.bias.count], values: layer.bias.values())
      },
      weights: { parameter, precision throws(ModelError) in
        if let layer = layer(parameter.name, ".weight") {
          return layer.weight.weights([(0..<layer.weight.rowCount, 0)], precision: precision)
        }
        let units = recurrent.bias.count / 4
        let inputs = recurrent.weight.columnCount - units
        let gates = (0..<4).map { gate in
          (
            outputs: gate * units..<(gate + 1) * units,
            firstRow: GateOrder.tensorFlow(gate * units, units: units)
          )
        }
        let isInput = parameter.name == "\(Self.recurrentName).input_weight"
        return recurrent.weight.weights(
          gates, columns: isInput ? 0..<inputs : inputs..<inputs + units, precision: precision)
      })
  }

  private func layer(_ name: String, _ suffix: String) -> Layer? {
    zip(Self.denseNumbers, dense).first { "layer_\($0.0)\(suffix)" == name }?.1
  }
}

extension ForeignTensor {
  /// Some columns of this tensor's rows as weights: each part of `rows` says for which outputs they are.
  fileprivate func weights(
    _ rows: [(outputs: Range<Int>, firstRow: Int)], columns: Range<Int>? = nil,
    precision: WeightPrecision
  ) -> WeightMatrix {
    let columns = columns ?? 0..<columnCount
    let segments = rows.map { part in
      WeightMatrix.Segment(
        outputs: part.outputs, offset: part.firstRow * columnCount + columns.lowerBound)
    }
    switch numbers {
    case .int8(let offset, let scales):
      let ordered = rows.flatMap { part in
        part.outputs.indices.map { index in
          scales.count == 1 ? scales[0] : scales[part.firstRow + index - part.outputs.lowerBound]
        }
      }
      let isWhole = columns == 0..<columnCount && rows.count == 1
      return WeightMatrix(
        bytes: isWhole
          ? bytes.weightMemory(at: offset)
          : copiedBytes(at: offset, segments, columnCount: columns.count),
        inputCount: columns.count, scales: ordered, precision: precision)
    case .float32(let offset):
      return WeightMatrix(
        floats: bytes.weightMemory(at: offset), outputCount: rowCount,
        inputCount: columns.count, stride: columnCount, segments: segments,
        precision: precision)
    case .values, .float16, .bfloat16, .float64:
      let tensor = Tensor(shape: shape, values: values())
      return WeightMatrix(
        floats: unsafe WeightMemory(UnsafeRawPointer(tensor.pointer), owner: tensor),
        outputCount: rowCount, inputCount: columns.count, stride: columnCount,
        segments: segments, precision: precision)
    }
  }

  /// A contiguous copy of the bytes, row after row: rows with gaps are slow to read repeatedly.
  private func copiedBytes(
    at offset: Int, _ segments: [WeightMatrix.Segment], columnCount copiedCount: Int
  ) -> WeightMemory {
    // The file's pages are released in stretches of this many rows, so that memory is not needed twice.
    let stretch = max(1, (1 << 19) / columnCount)
    return unsafe WeightMemory(byteCount: rowCount * copiedCount) { target in
      for segment in segments {
        for (index, row) in segment.outputs.enumerated() {
          let start = offset + segment.offset + index * columnCount
          unsafe bytes.copyBytes(
            at: start, count: copiedCount, to: target + row * copiedCount)
          if (index + 1) % stretch == 0 { bytes.release(start - stretch * columnCount..<start) }
        }
      }
      bytes.release(offset..<offset + count)
    }
  }
}
