create or replace package body crm_test_rules
is
   function differs(
      in_left       in varchar2,
      in_right      in varchar2,
      in_comparison in varchar2 default 'TEXT'
   ) return boolean
   is
   begin
      return crm_rules.differs(
         in_comparison => in_comparison,
         in_left       => in_left,
         in_right      => in_right
      );
   end differs;

   procedure unicode_forms
   is
   begin
      ut.expect(differs('Ação', decompose('Ação'))).to_be_false();
   end unicode_forms;

   procedure blanks
   is
   begin
      ut.expect(differs('Rua A', ' Rua' || unistr('\00A0') || 'A ')).to_be_false();
      ut.expect(differs('Rua A', 'RuaA')).to_be_true();
   end blanks;

   procedure null_and_blank
   is
   begin
      ut.expect(differs(null, ' ')).to_be_false();
      ut.expect(differs(null, null)).to_be_false();
   end null_and_blank;

   procedure null_and_value
   is
   begin
      ut.expect(differs(null, 'x')).to_be_true();
      ut.expect(differs('x', null)).to_be_true();
   end null_and_value;

   procedure folded_text
   is
   begin
      ut.expect(differs('São Paulo', 'SAO PAULO', 'TEXT')).to_be_true();
      ut.expect(differs('São Paulo', 'SAO PAULO', 'FOLDED')).to_be_false();
      ut.expect(differs('São Paulo', 'São Pedro', 'FOLDED')).to_be_true();
   end folded_text;

   procedure mirrored_stages
   is
   begin
      ut.expect(crm_rules.is_mirrored_stage('Desenvolvimento/Orçamento')).to_be_true();
      ut.expect(crm_rules.is_mirrored_stage('Ativação')).to_be_true();
      ut.expect(crm_rules.is_mirrored_stage('Retenção/Expansão')).to_be_true();
      ut.expect(crm_rules.is_mirrored_stage('Novos leads')).to_be_false();
      ut.expect(crm_rules.is_mirrored_stage('Inventado')).to_be_false();
      ut.expect(crm_rules.is_mirrored_stage(null)).to_be_false();
   end mirrored_stages;

   procedure policies_are_complete
   is
      l_missing pls_integer;
   begin
      select count(*)
        into l_missing
        from user_tab_columns c
       where c.table_name = 'VW_CRM_CLIENTS'
         and c.column_name not in ('RECORD_KEY', 'BRANCH_CODE', 'CRM_ID')
         and not exists (
                select null
                  from crm_field_policies p
                 where upper(p.field_name) = c.column_name
             );
      ut.expect(l_missing).to_equal(0);
   end policies_are_complete;

   procedure check_digits
   is
   begin
      ut.expect(crm_rules.is_valid_taxid('60701190000104')).to_be_true();
      ut.expect(crm_rules.is_valid_taxid('00000000000191')).to_be_true();
      ut.expect(crm_rules.is_valid_taxid('12ABC34501DE35')).to_be_true();
      ut.expect(crm_rules.is_valid_taxid('52998224725')).to_be_true();
      ut.expect(crm_rules.is_valid_taxid('60701190000105')).to_be_false();
      ut.expect(crm_rules.is_valid_taxid('12ABC34501DE36')).to_be_false();
      ut.expect(crm_rules.is_valid_taxid('12ABC34501DEA5')).to_be_false();
      ut.expect(crm_rules.is_valid_taxid('52998224726')).to_be_false();
      ut.expect(crm_rules.is_valid_taxid('11111111111')).to_be_false();
      ut.expect(crm_rules.is_valid_taxid('1234')).to_be_false();
      ut.expect(crm_rules.is_valid_taxid(null)).to_be_false();
   end check_digits;
end crm_test_rules;
/
