/** For each type of question of MedQuAD how people may ask it; X is the disease. None of these wordings is in the data set. */
export const PARAPHRASES: Readonly<Record<string, string>> = {
  information: "Can you explain to me what X means?",
  treatment: "How do doctors help somebody with X?",
  frequency: "Do many people get X?",
  inheritance: "Can X be passed on to my children?",
  "genetic changes": "Which genes are behind X?",
  research: "What are scientists finding out about X at the moment?",
  symptoms: "How would I notice that I have X?",
  "exams and tests": "How do doctors find out whether somebody has X?",
  outlook: "What can a person with X expect in the years to come?",
  susceptibility: "Which people get X more easily than others?",
  causes: "Why does somebody get X?",
  considerations: "What should I keep in mind about X?",
  prevention: "How can I avoid getting X?",
  stages: "How far can X have progressed?",
  complications: "What else can go wrong because of X?",
  "support groups": "Who can I talk to about X?",
};
