import CKernels

extension WindowGeometry {
  /// Whether the part of a frame that a window reads is contiguous, for frames of this many numbers.
  package func liesTogether(features: Int) -> Bool {
    groups == 1 && heightDilation == 1 && columnCount == size * heightSize * channels
      && features == inputHeight * channels
  }

  fileprivate func planes(length: Int, before: Int) -> parla_planes {
    parla_planes(
      length: length, size: size, dilation: dilation, stride: stride, before: before,
      height: inputHeight, rows: outputHeight, row_size: heightSize, row_stride: heightStride,
      top: top, channels: channels)
  }
}

extension Compute {
  /// `windows` if the part of a frame that a window reads is contiguous.
  package func planeWindows(
    _ range: Range<Int>, of input: Sequences, _ geometry: WindowGeometry, before: Int
  ) -> Tensor {
    let (batch, features) = (input.count, input.featureCount)
    let size = geometry.outputHeight * geometry.columnCount
    var result = Tensor(
      unwritten: [range.count * batch * geometry.outputHeight, geometry.columnCount])
    nonisolated(unsafe) let target = unsafe result.mutablePointer
    nonisolated(unsafe) let source = unsafe input.values.pointer
    divide(range.count * batch, grain: 4) { places in
      for place in places {
        let (window, number) = (range.lowerBound + place / batch, place % batch)
        unsafe parla_gather_windows(
          geometry.planes(length: input.lengths[number], before: before), window,
          source + number * features, batch * features, target + place * size)
      }
    }
    return result
  }

  /// The reverse of `planeWindows`, which adds.
  package func addPlaneWindows(
    _ windows: Tensor, _ range: Range<Int>, to values: inout Tensor, lengths: [Int],
    _ geometry: WindowGeometry, before: Int
  ) {
    let (batch, features) = (lengths.count, values.columnCount)
    let size = geometry.outputHeight * geometry.columnCount
    nonisolated(unsafe) let target = unsafe values.mutablePointer
    nonisolated(unsafe) let source = unsafe windows.pointer
    // Windows overlap in time but never across sequences.
    divide(batch) { numbers in
      for number in numbers {
        let planes = geometry.planes(length: lengths[number], before: before)
        for window in range {
          let place = (window - range.lowerBound) * batch + number
          unsafe parla_add_windows(
            planes, window, source + place * size, target + number * features, batch * features)
        }
      }
    }
  }
}
