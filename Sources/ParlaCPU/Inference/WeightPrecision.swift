/// How exactly a recogniser keeps its weights.
public enum WeightPrecision: String, Sendable, CaseIterable {
  /// Four bits with a scale for each 32 inputs of an output, in large matrices; others are in bytes.
  case int4
  /// Signed bytes with a scale for each row: a quarter of the memory, and as much faster.
  case int8
  /// The upper half of a float: half of the memory.
  ///
  /// Where the processor multiplies such numbers faster, whole recordings are rounded likewise on their way through networks that need
  /// all of them.
  case bfloat16 = "bf16"
  /// As they were trained.
  case float32
}
