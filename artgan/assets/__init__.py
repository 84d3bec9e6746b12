"""What ships in the wheel: the embedded encoder, built-in styles, example pictures, recipes, each with a card."""
