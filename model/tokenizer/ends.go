package tokenizer

// endTexts are the names of tokens that end a turn or a text in the model
// families in use. Files name one of them at most, but models write several.
var endTexts = []string{
	"<|im_end|>",               // ChatML
	"<|eot_id|>", "<|eom_id|>", // Llama 3
	"<|endoftext|>", "<|end_of_text|>",
	"<|end|>",                // Phi-3
	"<|return|>", "<|call|>", // gpt-oss
	"<end_of_turn>", "<eos>", // Gemma
	"</s>", "<EOT>", "_<EOT>", "[EOT]", "[EOS]",
	"<end_of_utterance>", "<｜end▁of▁sentence｜>", "[e~[",
}

// endTokens collects the tokens that end a generation: EOS, EOT and the
// control tokens that are known to.
func (t *Tokenizer) endTokens() map[int32]bool {
	ends := map[int32]bool{}
	for _, id := range []int{t.config.EOS, t.config.EOT} {
		if id != None {
			ends[int32(id)] = true
		}
	}
	for _, text := range endTexts {
		if id, ok := t.ids[text]; ok && t.isCut(id) {
			ends[id] = true
		}
	}
	// gpt-oss separates parts of one answer by <|end|>.
	_, returns := t.ids["<|return|>"]
	_, calls := t.ids["<|call|>"]
	if end, ok := t.ids["<|end|>"]; ok && returns && calls {
		delete(ends, end)
	}
	return ends
}

// IsEndOfGeneration reports whether a model that writes id is done.
func (t *Tokenizer) IsEndOfGeneration(id int32) bool { return t.ends[id] }
