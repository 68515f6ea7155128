/// The positions of the numbers that a convolution multiplies: windows in time, height and width over frames [height, width, channels].
package struct WindowGeometry: Sendable, Equatable {
  /// Steps of the kernel in time, frames between them, and between windows.
  package var size: Int
  package var dilation: Int
  package var stride: Int
  /// The same in height.
  package var heightSize = 1
  package var heightDilation = 1
  package var heightStride = 1
  /// Rows of zeros above a frame.
  package var top = 0
  /// Rows of a frame, and of windows in it.
  package var inputHeight = 1
  package var outputHeight = 1
  /// The same in width.
  package var widthSize = 1
  package var widthDilation = 1
  package var widthStride = 1
  package var left = 0
  package var inputWidth = 1
  package var outputWidth = 1
  /// Channels of a row, and how many groups they are in.
  package var channels: Int
  package var groups = 1

  /// Windows in time; the height is that of a vector until it is said otherwise.
  package init(size: Int, dilation: Int, stride: Int, channels: Int, groups: Int = 1) {
    self.size = size
    self.dilation = dilation
    self.stride = stride
    self.channels = channels
    self.groups = groups
  }

  /// Frames from a window's first to its last.
  package var span: Int { (size - 1) * dilation + 1 }

  /// Numbers that a window of one group has.
  package var columnCount: Int { stepCount * channels / groups }

  /// Steps of a kernel in all directions.
  package var stepCount: Int { size * heightSize * widthSize }

  /// Windows in a frame.
  package var placeCount: Int { outputHeight * outputWidth }

  /// Calls `body` with each stretch of channels of a window: where it starts in the window, the frame, and the place in the
  /// frame; nil for positions beyond it.
  @inline(__always)
  package func forEachStretch(
    window: Int, place: Int, before: Int,
    _ body: (_ column: Int, _ frame: Int, _ place: Int?) -> Void
  ) {
    let width = channels / groups
    let (row, column) = (place / outputWidth, place % outputWidth)
    for step in 0..<size {
      let frame = window * stride - before + step * dilation
      for heightStep in 0..<heightSize {
        let inputRow = row * heightStride - top + heightStep * heightDilation
        let isInside = (0..<inputHeight).contains(inputRow)
        for widthStep in 0..<widthSize {
          let inputColumn = column * widthStride - left + widthStep * widthDilation
          body(
            ((step * heightSize + heightStep) * widthSize + widthStep) * width, frame,
            isInside && (0..<inputWidth).contains(inputColumn)
              ? inputRow * inputWidth + inputColumn : nil)
        }
      }
    }
  }
}

extension Compute {
  /// The numbers of windows `range` of all sequences, one group's channels: [windows, batch, places, size numbers].
  ///
  /// Positions beyond a sequence or a frame are zero; `before` of them precede the first frame.
  package func windows(
    _ range: Range<Int>, of input: Sequences, _ geometry: WindowGeometry, before: Int, group: Int
  ) -> Tensor {
    if geometry.liesTogether(features: input.featureCount) {
      return planeWindows(range, of: input, geometry, before: before)
    }
    let (batch, features, width) = (
      input.count, input.featureCount, geometry.channels / geometry.groups
    )
    let (rows, columns) = (geometry.placeCount, geometry.columnCount)
    var result = Tensor(unwritten: [range.count * batch * rows, columns])
    nonisolated(unsafe) let target = unsafe result.mutablePointer
    nonisolated(unsafe) let source = unsafe input.values.pointer
    divide(range.count * batch, grain: 4) { places in
      for place in places {
        let (window, number) = (range.lowerBound + place / batch, place % batch)
        for row in 0..<rows {
          let start = unsafe target + (place * rows + row) * columns
          geometry.forEachStretch(window: window, place: row, before: before) {
            column, frame, line in
            if let line, frame >= 0, frame < input.lengths[number] {
              unsafe (start + column).update(
                from: source + (frame * batch + number) * features + line * geometry.channels
                  + group * width, count: width)
            } else {
              unsafe (start + column).update(repeating: 0, count: width)
            }
          }
        }
      }
    }
    return result
  }

  /// Adds what `windows` gathered back to where it came from; its reverse.
  package func addWindows(
    _ windows: Tensor, _ range: Range<Int>, to values: inout Tensor, lengths: [Int],
    _ geometry: WindowGeometry, before: Int, group: Int
  ) {
    if geometry.liesTogether(features: values.columnCount) {
      return addPlaneWindows(
        windows, range, to: &values, lengths: lengths, geometry, before: before)
    }
    let (batch, features, width) = (
      lengths.count, values.columnCount, geometry.channels / geometry.groups
    )
    let (rows, columns) = (geometry.placeCount, geometry.columnCount)
    nonisolated(unsafe) let target = unsafe values.mutablePointer
    nonisolated(unsafe) let source = unsafe windows.pointer
    // Windows overlap in time but never across sequences.
    divide(batch) { numbers in
      for number in numbers {
        for window in range {
          let place = (window - range.lowerBound) * batch + number
          for row in 0..<rows {
            let start = unsafe source + (place * rows + row) * columns
            geometry.forEachStretch(window: window, place: row, before: before) {
              column, frame, line in
              guard let line, frame >= 0, frame < lengths[number] else { return }
              let sum =
                unsafe target + (frame * batch + number) * features + line * geometry.channels
                + group * width
              for channel in 0..<width { unsafe sum[channel] += start[column + channel] }
            }
          }
        }
      }
    }
  }

  /// Copies columns of `part` [rows, columns] to `columns` of `whole`.
  package func setColumns(
    _ columns: Range<Int>, rowOffset: Int, of whole: inout Tensor, to part: Tensor
  ) {
    let (stride, width) = (whole.columnCount, columns.count)
    nonisolated(unsafe) let target =
      unsafe whole.mutablePointer + rowOffset * stride + columns.lowerBound
    nonisolated(unsafe) let source = unsafe part.pointer
    for row in 0..<part.rowCount {
      unsafe (target + row * stride).update(from: source + row * width, count: width)
    }
  }

  /// The columns `columns` of rows `rows` of `whole`: [rows, columns].
  package func columns(_ columns: Range<Int>, rows: Range<Int>, of whole: Tensor) -> Tensor {
    let (stride, width) = (whole.columnCount, columns.count)
    var result = Tensor(unwritten: [rows.count, width])
    nonisolated(unsafe) let target = unsafe result.mutablePointer
    nonisolated(unsafe) let source =
      unsafe whole.pointer + rows.lowerBound * stride + columns.lowerBound
    if stride == width {
      unsafe target.update(from: source, count: rows.count * width)
      return result
    }
    for row in 0..<rows.count {
      unsafe (target + row * width).update(from: source + row * stride, count: width)
    }
    return result
  }
}
