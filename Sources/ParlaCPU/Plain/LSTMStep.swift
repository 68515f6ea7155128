import CKernels
import ParlaPlatform

/// One step of an LSTM, as the kernel does it and as the equations say it.
enum LSTMStep {
  /// The kernel's step for `rows` sequences: gates [rows, 4 units] in place, cells and outputs [rows, units].
  static func kernel(
    _ gates: inout Tensor, previousCells: Tensor, _ active: [UInt8], _ cells: inout Tensor,
    _ outputs: inout Tensor
  ) {
    unsafe active.withUnsafeBufferPointer { active in
      unsafe parla_lstm_step(
        cells.rowCount, cells.columnCount, cells.columnCount, gates.mutablePointer,
        previousCells.pointer, active.baseAddress, cells.mutablePointer, outputs.mutablePointer)
    }
  }

  /// The same in plain Swift.
  ///
  /// Gers, Schmidhuber and Cummins 2000, section 2, without peepholes.
  static func plain(
    _ gates: inout Tensor, previousCells: Tensor, _ active: [UInt8], _ cells: inout Tensor,
    _ outputs: inout Tensor
  ) {
    let units = cells.columnCount
    for row in 0..<cells.rowCount {
      for unit in 0..<units {
        let (first, cell) = (row * 4 * units + unit, row * units + unit)
        guard active[row] != 0 else {
          (cells[cell], outputs[cell]) = (0, 0)
          continue
        }
        for gate in 0..<4 {
          let x = gates[first + gate * units]
          gates[first + gate * units] = gate == 2 ? tanh(x) : 1 / (1 + exp(-x))
        }
        let (input, forget) = (gates[first], gates[first + units])
        let (candidate, output) = (gates[first + 2 * units], gates[first + 3 * units])
        cells[cell] = forget * previousCells[cell] + input * candidate
        outputs[cell] = output * tanh(cells[cell])
      }
    }
  }
}
