package eval

// optionsPrompt is the end of prompts of choices.
const optionsPrompt = "\nA. {OPTION_A}\nB. {OPTION_B}\nC. {OPTION_C}\nD. {OPTION_D}"

// InfiniteBench are the tasks of infinity-Bench, with its metrics and lengths
// of answers. Its prompts depend on the model; ours have the form of those for
// models that complete a text.
func InfiniteBench() []Benchmark {
	const important = "Important information is hidden in a text that says nothing otherwise. Remember it; you will be asked for it.\n\n{context}\n\n{input}"
	all := []Benchmark{
		{Task: "passkey", Metric: FirstNumber, MaxTokens: 6, Prompt: important, Lead: "The pass key is"},
		{Task: "number_string", Metric: FirstNumber, MaxTokens: 12, Prompt: important, Lead: "The sequence of digits is"},
		{Task: "kv_retrieval", Metric: Word, MaxTokens: 50, Prompt: "Find the value of a key in this JSON object.\n\n{context}\n\n{input}"},
		{Task: "longbook_sum_eng", Metric: RougeLSum, MaxTokens: 1200, Prompt: "Summarise this book.\n\n{context}\n\nSummary:"},
		{Task: "longbook_choice_eng", Metric: Choice, MaxTokens: 40, Prompt: "Read this book. You will answer a question about it.\n\n{context}\n\n" +
			"Question: {question}" + optionsPrompt, Lead: "The letter of the right option is"},
		{Task: "longbook_qa_eng", Metric: F1, MaxTokens: 40, Prompt: "Read this book. You will answer a question about it in as few words as you can.\n\n{context}\n\nQuestion: {question}\nAnswer:"},
		{Task: "longbook_qa_chn", Metric: F1Chinese, MaxTokens: 40, Prompt: "请阅读这本书，然后回答一个问题。\n\n{context}\n\n问题：{question}\n答案："},
		{Task: "longdialogue_qa_eng", Metric: Name, MaxTokens: 40, Prompt: "In this script, the name of a character is replaced with \"$$MASK$$\" in one place. Find out whose name it is.\n\n{context}\n\n" +
			"Whose name stood where \"$$MASK$$\" is?", Lead: "The name is most likely"},
		{Task: "math_find", Metric: Value, MaxTokens: 3, Prompt: "{prefix}\n\n{context}\n\n{input}"},
		{Task: "math_calc", Metric: Sequence, MaxTokens: 30000, Prompt: "Write down the value after each step of an expression.\n\n" +
			"Expression: 2 + 5 + 1\nValues: [2, 7, 8]\n\nExpression: 9 - 4 + 6 - 3\nValues: [9, 5, 11, 8]\n\nExpression: {context}\nValues:"},
		{Task: "code_run", Metric: LastNumber, MaxTokens: 5, Prompt: "This Python code has a function named {func}.\n\n{context}\n\n" +
			"Work out the exact value of {func_call}.", Lead: "The value of {func_call} is"},
		{Task: "code_debug", Metric: DebugChoice, MaxTokens: 5, Prompt: "In this Python code, exactly one function has an error that was put there on purpose and makes it crash.\n\n{context}\n\n" +
			"Which function is it?" + optionsPrompt + "\n\nThe correct option is:"},
	}
	for i := range all {
		all[i].Suite = "infinity-Bench"
	}
	return all
}
