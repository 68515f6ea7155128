import ParlaPlatform

/// The scorer's part of a frame: it limits the labels that may follow, and scores each unit
/// (word or character) when it is complete.
///
/// A unit is scored once for each prefix that ends with it, and the score is stored there; the language
/// model's state for the preceding units is a context that the tree's prefixes share.
extension BeamSearchState {
  /// With a scorer and a full beam, the original neither extends a prefix by a label nor stays on it
  /// where both together score below this.
  func lowestScoreOfFrame() -> Float {
    guard let scoring, beam.count >= decoder.beamWidth else { return -.infinity }
    let worst = beam.reduce(Float.infinity) { min($0, tree[$1].score) }
    return Float(Double(worst) + log(Double(labels.blankProbability)) - max(0, scoring.beta))
      - phraseGain
  }

  func isTooLow(_ prefix: Int32, with label: Int32) -> Bool {
    labels.logProbability[Int(label)] + tree[prefix].score < lowestScore
  }

  /// The score of `prefix` followed by `label`, `score` by the acoustic model alone, with the unit that
  /// the label completes; `child` is the node of both, if there is one.
  mutating func weighed(
    _ score: Float, of prefix: Int32, by label: Int32, to child: Int32 = PrefixTree.none,
    _ scoring: UnitScoring?
  ) -> Float {
    var score = score
    if let phrases { score += phrases.gain(of: label, in: tree[prefix].phraseState) }
    guard let scoring else { return score }
    guard !isTooLow(prefix, with: label) else { return -.infinity }
    guard let unit = unitCompleted(by: label, after: prefix, to: child, scoring) else {
      return score - scoring.price(of: label, after: tree[prefix])
    }
    return Float(Double(score + scoring.gain(unit)) + scoring.beta)
  }

  /// Extends the prefix of `index` by the labels that the scorer allows.
  mutating func extend(_ index: Int32, _ scoring: UnitScoring, above scoreToBeat: Float) {
    let gain = scoring.gainOfLetters + phraseGain
    let prefixScore = tree[index].score
    if let arcs = scoring.fewArcs(after: tree[index].lexiconState) {
      for arc in arcs {
        let label = scoring.lexicon.label(ofArc: arc)
        let gain = label == scoring.dividingLabel ? scoring.largestGain + phraseGain : gain
        if labels.logProbability[Int(label)] + prefixScore + gain < scoreToBeat { continue }
        if parentOfLabel[Int(label)] == index { continue }
        contend(index, scoring, label: label, gain: gain, above: scoreToBeat)
      }
      return
    }
    for label in labels.byProbability {
      if labels.logProbability[Int(label)] + prefixScore + gain < scoreToBeat { break }
      if label != scoring.dividingLabel, parentOfLabel[Int(label)] != index,
        scoring.allows(label, after: tree[index])
      {
        contend(index, scoring, label: label, gain: gain, above: scoreToBeat)
      }
    }
    // The previous word may raise the score, so the order of labels does not show where to stop.
    if let label = scoring.dividingLabel, parentOfLabel[Int(label)] != index,
      scoring.allows(label, after: tree[index])
    {
      contend(
        index, scoring, label: label, gain: scoring.largestGain + phraseGain, above: scoreToBeat)
    }
  }

  /// Lets the new prefix of `index` and `label` contend for the beam; units and phrases can raise its
  /// score by at most `gain`.
  @inline(__always)
  mutating func contend(
    _ index: Int32, _ scoring: UnitScoring?, label: Int32, gain: Float, above scoreToBeat: Float
  ) {
    var score = extensionScore(of: index, by: label)
    guard score + gain >= scoreToBeat, score > -.infinity else { return }
    if scoring != nil || phrases != nil {
      score = weighed(score, of: index, by: label, scoring)
      guard score >= scoreToBeat, score > -.infinity else { return }
    }
    contenders.append(SearchCandidate(childOf: index, label: label, score: score))
  }

  /// Sets what the scorer says of the new node `index`.
  mutating func enterUnits(_ index: Int32) {
    let (parent, label) = (tree[index].parent, tree[index].label)
    if let phrases {
      tree[index].phraseState = phrases.state(after: label, in: tree[parent].phraseState)
    }
    if let grammar {
      tree[index].grammarState = grammar.state(after: label, in: tree[parent].grammarState)
    }
    guard let scoring else { return }
    let context = tree[parent].context
    tree[index].lexiconState = scoring.lexiconState(after: label, tree[parent])
    let unit = unitCompleted(by: label, after: parent, to: PrefixTree.none, scoring)
    if let unit {
      tree[index].context = tree.contexts.add(
        scoring.context(after: unit, tree.contexts[context]))
    } else {
      tree[index].context = tree.contexts.retain(context)
    }
    if scoring.dividingLabel == nil {
      tree.setUnit(unit, of: index)
      tree[index].missingBytes = scoring.missingBytes(after: label, tree[parent].missingBytes)
    }
  }

  /// What unit and phrase add that are not yet complete when the recording ends.
  func finalGain(of index: Int32) -> Float {
    let gain =
      phrases?.finalGain(in: tree[index].phraseState, after: tree[index].label) ?? 0
    return finalUnitGain(of: index) + gain
  }

  private func finalUnitGain(of index: Int32) -> Float {
    guard let scoring else { return 0 }
    if let dividingLabel = scoring.dividingLabel {
      let label = tree[index].label
      guard label != dividingLabel, label != PrefixTree.noLabel else { return 0 }
      return scoring.finalGain(lastWord(of: index, scoring))
    }
    guard tree[index].label != PrefixTree.noLabel else { return Float(scoring.beta) }
    guard tree[index].missingBytes != 0 else { return 0 }
    let labels = trailingBytes(of: tree[index].history, scoring)
    return scoring.finalGain(
      scoring.evaluate(labels, after: tree.contexts[tree[index].context]))
  }

  /// The unit that is complete when `label` follows `prefix`, if one is.
  private mutating func unitCompleted(
    by label: Int32, after prefix: Int32, to child: Int32, _ scoring: UnitScoring
  ) -> UnitScore? {
    if let dividingLabel = scoring.dividingLabel {
      guard label == dividingLabel else { return nil }
      let unit = lastWord(of: prefix, scoring)
      tree.setUnit(unit, of: prefix)
      return unit
    }
    guard scoring.missingBytes(after: label, tree[prefix].missingBytes) == 0 else { return nil }
    if child != PrefixTree.none { return tree.unit(of: child) }
    let before =
      scoring.beginsCharacter(label) ? [] : trailingBytes(of: tree[prefix].history, scoring)
    return scoring.evaluate([label] + before, after: tree.contexts[tree[prefix].context])
  }

  private func lastWord(of prefix: Int32, _ scoring: UnitScoring) -> UnitScore {
    if let unit = tree.unit(of: prefix) { return unit }
    let labels = histories.labels(tree[prefix].history) { $0 == scoring.dividingLabel }
    return scoring.evaluate(
      labels, after: tree.contexts[tree[prefix].context],
      isPaid: tree[prefix].lexiconState == LexiconTrie.none)
  }

  /// The byte labels since the last character began, newest first.
  private func trailingBytes(of history: Int32, _ scoring: UnitScoring) -> [Int32] {
    var begins = false
    return histories.labels(history) { label in
      defer { begins = scoring.beginsCharacter(label) }
      return begins
    }
  }
}
