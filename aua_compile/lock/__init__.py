"""`aua.lock`: what a deployment was made of. Reading it, finding where it and the shipped facts part, and holding what it pins."""
