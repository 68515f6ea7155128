package import ParlaDescriptions

/// Every frame gathers from others what its queries find there: y = W softmax(Q Kᵀ / √d) V, with several heads of d numbers.
///
/// Vaswani et al. 2017, section 3.2, over the frames of one sequence. `left` and `right` limit how many frames before and after
/// its own a frame sees; with `chunk` it also sees all of its chunk. `AttentionPositions` adds the effect of distances. Weights of
/// queries, keys and values are concatenated: [3 × heads × head_size, features].
package struct Attention: Layer {
  package static let kind = "attention"
  package static let mainField: String? = "heads"

  package let name: String
  package let output: FrameShape
  package let heads: Int
  package let headSize: Int
  package let context: AttentionContext
  package let positions: AttentionPositions
  private let inputCount: Int
  package let hasBias: Bool
  private let dropout: Float
  private let bucketsOwner: String?
  private let index: Int

  package init(_ place: LayerPlace, _ fields: inout FieldReader) throws(DescriptionProblem) {
    name = place.name
    index = place.index
    inputCount = place.featureCount
    output = FrameShape(inputCount)
    heads = try fields.integer("heads", "a number of heads", in: 1...1 << 10)
    let usual = inputCount % heads == 0 ? inputCount / heads : nil
    headSize = try fields.integer(
      "head_size", "how many numbers a head has", in: 1...1 << 14, default: usual)
    context = AttentionContext(
      left: try fields.limit("left", "how many frames before its own a frame sees"),
      right: try fields.limit("right", "how many frames after its own a frame sees"),
      chunk: try fields.integer(
        "chunk", "how many frames see each other whatever the limits", default: 1))
    positions = try AttentionPositions(
      &fields, heads: heads, headSize: headSize, inputCount: inputCount)
    if case .bucketed = positions {
      bucketsOwner = try fields.texts("buckets_of", "an attention that has the same buckets")?.first
    } else {
      bucketsOwner = nil
    }
    dropout = try fields.number(
      "dropout", "the share of weights that drop out", from: 0, below: 1, default: 0)
    hasBias = try fields.flag("bias", "whether biases are added", default: true)
  }

  var width: Int { heads * headSize }

  package var summary: String {
    let limits = [context.left, context.right].map { $0.map { "\($0)" } ?? "all" }
    return "attention \(name), \(heads) heads, \(limits[0]) frames before and \(limits[1]) after"
  }

  package var canStream: Bool { context.left != nil && context.right != nil }

  package var growsWithSquare: Bool { !canStream }

  package var timing: LayerTiming {
    LayerTiming(lookAhead: canStream ? context.rightReach ?? 0 : 0)
  }

  package var memory: MemoryNeed {
    MemoryNeed(kept: 4 * width + output.count, working: 4 * width + 2 * output.count)
  }

  package var parameters: [ParameterSpecification] {
    let own = [
      ParameterSpecification(
        name: "\(name).input_weight", shape: [3 * width, inputCount],
        initializer: .glorotUniform(fanIn: inputCount, fanOut: width), isProductWeight: true),
      ParameterSpecification(
        name: "\(name).output_weight", shape: [output.count, width],
        initializer: .glorotUniform(fanIn: width, fanOut: output.count), isProductWeight: true),
    ]
    let biases = [
      ParameterSpecification(
        name: "\(name).input_bias", shape: [3 * width], initializer: .zeros),
      ParameterSpecification(
        name: "\(name).output_bias", shape: [output.count], initializer: .zeros),
    ]
    return own + (hasBias ? biases : [])
      + positions.parameters(
        name, heads: heads, headSize: headSize, inputCount: inputCount, bucketsOf: bucketsOwner)
  }

  private func inputBias(_ weights: LayerWeights) -> Tensor? { hasBias ? weights[2] : nil }
  private func outputBias(_ weights: LayerWeights) -> Tensor? { hasBias ? weights[3] : nil }

  /// Where the parameters of positions begin.
  private var positionStart: Int { hasBias ? 4 : 2 }

  // MARK: Forwards

  package func forward(
    _ inputs: inout [Sequences], _ weights: LayerWeights, _ pass: Pass
  ) -> LayerOutput {
    let input = inputs.takeFirst()
    let rows = rows(input, weights, first: input.lengths.map { _ in 0 }, pass)
    let tables = tables(weights, keyCount: input.frameCount, pass)
    let gates = positions.gates(input.values, gateWeights(weights), pass.compute)
    var gathered = Tensor(shape: [input.frameCount, input.count, width])
    nonisolated(unsafe) let target = unsafe gathered.mutablePointer
    let all = unsafe input.lengths.indices.flatMap { number in
      unsafe (0..<heads).map { head in
        unsafe self.head(
          head, Passage(rows, gates, number: number, length: input.lengths[number]), tables,
          weights, outputs: target, pass)
      }
    }
    unsafe pass.compute.withPacked(all) { heads in
      let tasks = unsafe heads.flatMap { head in
        unsafe head.blocks.map { unsafe (head, $0) }
      }
      nonisolated(unsafe) let blocks = unsafe tasks
      pass.compute.forEach(unsafe blocks.count) { task in
        unsafe pass.compute.attend(blocks[task].0, blocks[task].1)
      }
    }
    let output = pass.compute.affine(gathered, weights.matrix(1), outputBias(weights))
    return LayerOutput(
      Sequences(output, lengths: input.lengths),
      saved: Saved(
        [input.values, rows, gathered, gates, tables.vectors, tables.bias],
        lengths: input.lengths))
  }

  /// Queries, keys and values of frames, [frames, batch, 3 × width]; sequence b's frames are counted from `first[b]` on.
  private func rows(
    _ input: Sequences, _ weights: LayerWeights, first: [Int], _ pass: Pass
  ) -> Tensor {
    var rows = pass.compute.affine(input.values, weights.matrix(0), inputBias(weights))
    switch positions {
    case .rotary(let base):
      unsafe pass.compute.rotate(
        rows.mutablePointer, stride: 3 * width, frames: input.frameCount, first: first,
        heads: 2 * heads, size: headSize, base: base)
    case .rotaryInput(let base):
      let turned = turned(input.values, first: first, base: base, pass.compute)
      var others = pass.compute.affine(turned, weights.matrix(0), inputBias(weights))
      others.copyColumns(2 * width..<3 * width, of: rows)
      rows = others
    case .none, .relative, .relativeKey, .bucketed: break
    }
    return rows
  }

  private func tables(
    _ weights: LayerWeights, keyCount: Int, _ pass: Pass
  ) -> AttentionTables {
    positions.tables(
      context.distances(keyCount: keyCount), Array(weights.weights[positionStart...]),
      heads: heads, inputCount: inputCount, pass.compute)
  }

  private func gateWeights(_ weights: LayerWeights) -> [Tensor] {
    guard case .bucketed = positions else { return [] }
    return (positionStart + 1...positionStart + 3).map { weights[$0] }
  }

  /// One sequence's frames among those of a batch.
  private struct Passage {
    let rows: Tensor
    let gates: Tensor
    let number: Int
    let keyCount: Int
    var queries: Range<Int>
    var firstKey = 0

    init(_ rows: Tensor, _ gates: Tensor, number: Int, length: Int) {
      (self.rows, self.gates, self.number, keyCount) = (rows, gates, number, length)
      queries = 0..<length
    }
  }

  /// Head `index` of a sequence; `outputs` are those of the whole batch, which begin with the first query.
  @unsafe private func head(
    _ index: Int, _ passage: Passage, _ tables: AttentionTables, _ weights: LayerWeights,
    outputs: UnsafeMutablePointer<Float>, _ pass: Pass
  ) -> AttentionHead {
    let batch = passage.rows.shape[1]
    let column = passage.number * 3 * width + index * headSize
    let start = unsafe MatrixPointer(passage.rows.pointer + column, stride: batch * 3 * width)
    var head = unsafe AttentionHead(
      queries: start.advanced(passage.queries.lowerBound), keys: start.column(width),
      values: start.column(2 * width),
      outputs: MatrixPointer(
        outputs + passage.number * width + index * headSize, stride: batch * width),
      size: headSize, queryCount: passage.queries.count, keyCount: passage.keyCount,
      context: context)
    unsafe head.firstKey = passage.firstKey
    unsafe head.firstQuery = passage.firstKey + passage.queries.lowerBound
    unsafe head.positions.first = tables.first
    if tables.vectors.count > 0 {
      let isShared = tables.vectors.columnCount == headSize
      unsafe head.positions.vectors = tables.vectors.matrix.column(isShared ? 0 : index * headSize)
    }
    if case .relative = positions {
      unsafe head.positions.contentBias =
        unsafe weights[positionStart + 1].pointer + index * headSize
      unsafe head.positions.positionBias =
        unsafe weights[positionStart + 2].pointer + index * headSize
    }
    if tables.bias.count > 0 {
      unsafe head.positions.bias = tables.bias.pointer + index * tables.bias.columnCount
      unsafe head.positions.gates = MatrixPointer(
        passage.gates.pointer + passage.number * heads + index, stride: batch * heads
      ).advanced(passage.queries.lowerBound)
    }
    if dropout > 0, let seed = pass.dropoutSeed {
      let number = (pass.batchPart?.lowerBound ?? 0) + passage.number
      var generator = SeededGenerator(
        mixing: seed, UInt64(self.index), UInt64(number * heads + index))
      unsafe head.dropout = (dropout, generator.next())
    }
    return unsafe head
  }

  // MARK: Backwards

  package func backward(
    _ gradient: consuming Tensor, _ saved: consuming Saved, _ weights: LayerWeights,
    gradients: inout [Tensor], wanted: [Bool], _ pass: Pass
  ) -> [Tensor] {
    let gradient = gradient
    let (input, rows, gathered, gates) = (
      saved.tensors[0], saved.tensors[1], saved.tensors[2], saved.tensors[3]
    )
    let lengths = saved.lengths
    if hasBias { pass.compute.addColumnSums(of: gradient, to: &gradients[3]) }
    pass.compute.product(
      gradient, aTransposed: true, gathered, accumulating: true, into: &gradients[1])
    var gatheredGradient = Tensor(unwritten: gathered.shape)
    pass.compute.product(gradient, weights[1], into: &gatheredGradient)
    let tables = AttentionTables(
      first: context.distances(keyCount: input.shape[0]).lowerBound, vectors: saved.tensors[4],
      bias: saved.tensors[5])
    var own = AttentionGradients(
      rows: rows.shape, gates: gates.shape, tables, heads: heads, headSize: headSize,
      batch: lengths.count, hasBiases: positions.hasQueryBiases)
    unsafe withGradients(&own, gatheredGradient, rows, gates, tables) { pointers in
      nonisolated(unsafe) let pointers = unsafe pointers
      nonisolated(unsafe) let outputs = unsafe UnsafeMutablePointer(mutating: gathered.pointer)
      pass.compute.forEach(lengths.count * heads) { task in
        let (number, index) = (task / heads, task % heads)
        let head = unsafe self.head(
          index, Passage(rows, gates, number: number, length: lengths[number]), tables, weights,
          outputs: outputs, pass)
        unsafe pass.compute.attentionGradient(head, pointers(number, index))
      }
    }
    if case .rotary(let base) = positions {
      unsafe pass.compute.rotate(
        own.rows.mutablePointer, stride: 3 * width, frames: input.shape[0],
        first: lengths.map { _ in 0 }, heads: 2 * heads, size: headSize, base: base, isBack: true)
    }
    if hasBias { pass.compute.addColumnSums(of: own.rows, to: &gradients[2]) }
    var inputGradient = inputGradient(
      own.rows, input, weights[0], sum: &gradients[0], isWanted: wanted[0], pass.compute)
    var rest = Array(gradients[positionStart...])
    gradients.removeLast(rest.count)
    positions.addGradients(
      own, tables.first, input, Array(weights.weights[positionStart...]), to: &rest,
      &inputGradient, heads: heads, pass.compute)
    gradients += rest
    return [inputGradient]
  }

  /// Calls `body` with what finds the places of a head's gradients.
  @unsafe private func withGradients(
    _ own: inout AttentionGradients, _ outputGradient: Tensor, _ rows: Tensor, _ gates: Tensor,
    _ tables: AttentionTables, _ body: ((Int, Int) -> AttentionHeadGradient) -> Void
  ) {
    let (batch, width, heads, size) = (rows.shape[1], width, heads, headSize)
    let rowsGradient = unsafe own.rows.mutablePointer
    let vectors = unsafe own.vectors.mutablePointer
    let (content, position) = unsafe (
      own.contentBias.mutablePointer, own.positionBias.mutablePointer
    )
    let (bias, gateGradient) = unsafe (own.bias.mutablePointer, own.gates.mutablePointer)
    let distances = max(own.vectors.shape[2], own.bias.shape[2])
    let hasBiases = positions.hasQueryBiases
    unsafe body { number, index in
      let start = unsafe MatrixPointer(
        rowsGradient + number * 3 * width + index * size, stride: batch * 3 * width)
      let task = number * heads + index
      return unsafe AttentionHeadGradient(
        outputs: MatrixPointer(
          outputGradient.pointer + number * width + index * size, stride: batch * width),
        queries: start, keys: start.column(width), values: start.column(2 * width),
        vectors: tables.vectors.count > 0
          ? MatrixPointer(vectors + task * distances * size, stride: size) : nil,
        contentBias: hasBiases ? content + task * size : nil,
        positionBias: hasBiases ? position + task * size : nil,
        bias: tables.bias.count > 0 ? bias + task * distances : nil,
        gates: tables.bias.count > 0 ? gateGradient + number * heads + index : nil)
    }
  }

  // MARK: Pieces

  /// The state holds the rows that queries to come attend to, those of queries that wait among them: counts are the first
  /// one's number, that of the next query, and how many were seen.
  package func advance(
    _ inputs: inout [Sequences], _ weights: LayerWeights, states: inout [LayerState],
    isLast: [Bool], _ pass: Pass
  ) -> Sequences {
    guard canStream else {
      return collected(&inputs, weights, states: &states, isLast: isLast, pass)
    }
    let input = inputs.takeFirst()
    let rows = rows(input, weights, first: states.map { $0.counts.last ?? 0 }, pass)
    let gates = positions.gates(input.values, gateWeights(weights), pass.compute)
    let known = states.first { !$0.tensors.isEmpty }
    let tables =
      known.map {
        AttentionTables(
          first: context.distances(keyCount: 0).lowerBound, vectors: $0.tensors[2],
          bias: $0.tensors[3])
      } ?? tables(weights, keyCount: 0, pass)
    let new = Sequences(rows, lengths: input.lengths)
    let newGates = Sequences(
      gates, lengths: gates.count > 0 ? input.lengths : states.map { _ in 0 })
    let pieces = states.indices.map { number in
      gathered(
        new.frames(of: number), newGates.frames(of: number), &states[number],
        isLast: isLast[number], tables, weights, pass)
    }
    let joined = Sequences(joining: pieces)
    return Sequences(
      pass.compute.affine(joined.values, weights.matrix(1), outputBias(weights)),
      lengths: joined.lengths)
  }

  private func gathered(
    _ new: Tensor, _ newGates: Tensor, _ state: inout LayerState, isLast: Bool,
    _ tables: AttentionTables, _ weights: LayerWeights, _ pass: Pass
  ) -> Tensor {
    let (first, next) = state.counts.isEmpty ? (0, 0) : (state.counts[0], state.counts[1])
    let rows = state.tensors.first.map { $0.followed(by: new) } ?? new
    let gates = state.tensors.isEmpty ? newGates : state.tensors[1].followed(by: newGates)
    let seen = first + rows.shape[0]
    var ready = next
    while ready < seen, isLast || context.keys(of: ready).upperBound <= seen { ready += 1 }
    var result = Tensor(unwritten: [ready - next, 1, width])
    var passage = Passage(rows, gates, number: 0, length: rows.shape[0])
    passage.firstKey = first
    passage.queries = next - first..<ready - first
    nonisolated(unsafe) let target = unsafe result.mutablePointer
    let sequence = passage
    pass.compute.forEach(heads) { index in
      let head = unsafe self.head(
        index, sequence, tables, weights, outputs: target, pass)
      for block in unsafe head.blocks { unsafe pass.compute.attend(head, block) }
    }
    let kept = max(context.keys(of: ready).lowerBound, first)
    state.tensors = [
      rows.frames(min(kept - first, rows.shape[0])..<rows.shape[0]),
      gates.count > 0 ? gates.frames(min(kept - first, rows.shape[0])..<rows.shape[0]) : gates,
      tables.vectors, tables.bias,
    ]
    state.counts = [min(kept, seen), ready, seen]
    if isLast { state = LayerState() }
    return result
  }
}
